/** The syntax of yarn.lock version 1: entries that are read at once, and the same ones line by line. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseYarnLock } from '../../../converters/node/readers/yarn-classic/yarn-lock-text.ts'
import { ProblemError } from '../../../src/problem.ts'

/** What the file is read as, with the lines of everything. */
function outcome(text: string): unknown {
  try {
    return parseYarnLock(text, 'yarn.lock').entries.map((entry) => {
      const { text: _text, offset: _offset, ...fields } = entry
      const places = [entry.where, entry.whereOf('version'), entry.whereOf('dependencies')]
      return { ...fields, places: places.map(({ key, line }) => [key, line]) }
    })
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return error.problems.map(({ code, message, where }) => [code, message, where?.key, where?.line])
  }
}

/** With these line ends, nothing is read at once. */
function outcomeByLine(text: string): unknown {
  return outcome(text.replaceAll('\n', '\r\n'))
}

const word = fc.constantFrom(
  'a',
  'b@1',
  '"c@^1.2"',
  '"@s/d@2"',
  'true',
  '12',
  '"e\\"f"',
  '"',
  '"g, h"',
  '__metadata',
  '<',
)
const value = fc.oneof(word, fc.constantFrom('"1.0.0"', 'sha512-aa==', 'latest', '""', 'x y', 'x:y', '#'))
const field = fc.tuple(
  fc.constantFrom('version', 'resolved', 'integrity', 'uid', 'dependencies', 'optionalDependencies', 'foo'),
  fc.option(value),
)
const member = fc.tuple(word, value)
const line = fc.oneof(
  { weight: 4, arbitrary: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `${words.join(', ')}:`) },
  { weight: 4, arbitrary: value.map((text) => `  version ${text}`) },
  { weight: 4, arbitrary: fc.constantFrom('  dependencies:', '  optionalDependencies:', '') },
  { weight: 3, arbitrary: field.map(([name, text]) => (text === null ? `  ${name}:` : `  ${name} ${text}`)) },
  { weight: 4, arbitrary: member.map(([name, text]) => `    ${name} ${text}`) },
  fc.constantFrom('# yarn lockfile v1', '  # comment', '   odd', '<<<<<<< HEAD', 'no colon'),
)

const usual = fc
  .tuple(fc.uniqueArray(fc.constantFrom('a@1', '"b@^1"', '"@s/c@~2.0"', 'd@latest'), { minLength: 1 }), fc.boolean())
  .chain(([patterns, hasDigest]) =>
    fc
      .array(fc.constantFrom('    a "^1.0.0"', '    "@s/c" latest', '    z "2"'), { maxLength: 3 })
      .map((members) => [
        `${patterns.join(', ')}:`,
        '  version "1.0.0"',
        '  resolved "https://r.test/a-1.0.0.tgz#0123"',
        ...(hasDigest ? ['  integrity sha512-aa=='] : []),
        ...(members.length > 0 ? ['  dependencies:', ...members] : []),
        '',
      ]),
  )

it('reads entries at once exactly as line by line, right ones and wrong ones', () => {
  const text = fc.array(fc.oneof(usual, fc.array(line, { maxLength: 6 }))).map((parts) => parts.flat().join('\n'))
  fc.assert(
    fc.property(text, (lock) => {
      expect(outcome(lock)).toEqual(outcomeByLine(lock))
    }),
    { numRuns: 500 },
  )
})

it('refuses a line that is too long in an entry like any other', () => {
  const lock = `a@1:\n  version "${'1'.repeat(1024 * 1024)}"\n`
  expect(outcome(lock)).toMatchObject([['lock-limit', expect.stringContaining('1048576 characters'), '["a@1"]', 2]])
})
