import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { scanJson } from '../../../src/text/json-scan.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('the scanner accepts exactly what JSON.parse accepts', () => {
  const structure =
    '{ } [ ] , : "a" "b" 1 -0.5e+3 01 .5 1. true null nul - +1 Infinity // "\\u00e9" "\\u00g9" "\\" " \\ \' "\t"'.split(
      ' ',
    )
  const spaces = [' ', '\n', '\t', '\f', '\u00a0', '\u2028', '\ufeff']
  const pieces = fc.constantFrom(...structure, ...spaces)
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      expect(scanJson(text).error === undefined).toBe(isJson(text))
    }),
    { numRuns: 5000 },
  )
})

test('one changed character is judged as JSON.parse judges it', () => {
  const edit = fc.record({ at: fc.nat(), character: fc.string({ unit: 'binary', minLength: 0, maxLength: 1 }) })
  fc.assert(
    fc.property(fc.json(), edit, (text, { at, character }) => {
      const place = at % (text.length + 1)
      const changed = text.slice(0, place) + character + text.slice(place + 1)
      expect(scanJson(changed).error === undefined).toBe(isJson(changed))
    }),
    { numRuns: 3000 },
  )
})

test('an error stands at the first character that cannot go on', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, cut) => {
      const head = text.slice(0, cut % text.length)
      const { error } = scanJson(`${head}\u0001`)
      expect(error?.offset).toBeLessThanOrEqual(head.length)
    }),
  )
})
