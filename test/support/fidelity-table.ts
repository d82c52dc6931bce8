/** The table in docs/fidelity.md: what was compared, and which differences are allowed for which reason. */
import { cases, everywhere, type FidelityCase } from './fidelity-cases.ts'
import type { TreeException } from './fidelity-compare.ts'
import type { CaseResult } from './fidelity-run.ts'

const begin = '<!-- fidelity: written by `node scripts/fidelity.mjs --write`, checked by test/nix/fidelity.test.ts -->'
const end = '<!-- /fidelity -->'

/** The document with the part between the two marks replaced. */
export function writeTable(document: string, results: readonly CaseResult[]): string {
  const [before, rest] = splitAt(document, begin)
  const [, after] = splitAt(rest, end)
  return `${before}${begin}\n\n${printTable(results)}\n${end}${after}`
}

/** The part between the two marks. */
export function readTable(document: string): string {
  return splitAt(splitAt(document, begin)[1], end)[0].trim()
}

export function printTable(results: readonly CaseResult[]): string {
  const reasons = [...new Set(cases.flatMap((one) => exceptionsOf(one).map(({ reason }) => reason)))]
  const rows = cases.flatMap((one) => {
    const result = results.find(({ name }) => name === one.name)
    return result === undefined ? [] : [printRow(one, result, reasons)]
  })
  const notes = reasons.map((reason, at) => `${at + 1}. ${patternsOf(reason)}: ${reason}.`)
  const shared = cases.flatMap(({ name, sharedReference }) =>
    sharedReference === undefined ? [] : [`- \`${name}\`: ${sharedReference}.`],
  )
  return [
    '| project | what is special | lock versions | packages | files | links | exceptions |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    'Exceptions:',
    '',
    ...notes,
    '',
    'Compared, for version 1, with what `npm ci` makes of the version 3 lock:',
    '',
    ...shared,
    '',
  ].join('\n')
}

function printRow(one: FidelityCase, result: CaseResult, reasons: readonly string[]): string {
  const [first] = [...result.comparisons.values()]
  const versions = [1, 2, 3].filter((version) => version === 2 || one.built.some((built) => built === version))
  const numbers = exceptionsOf(one).map(({ reason }) => reasons.indexOf(reason) + 1)
  const cells = [
    `\`${one.name}\``,
    one.about,
    versions.join(', '),
    result.packages,
    first?.files ?? 0,
    first?.links ?? 0,
    [...new Set(numbers)].join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

function exceptionsOf(one: FidelityCase): readonly TreeException[] {
  return [...everywhere, ...(one.exceptions ?? []), ...(one.exceptionsOfV1 ?? [])]
}

function patternsOf(reason: string): string {
  const all = cases.flatMap(exceptionsOf).filter((exception) => exception.reason === reason)
  const texts = all.map(({ pattern, kind }) => `\`${pattern.source.replaceAll('\\/', '/')}\` (${kind})`)
  return [...new Set(texts)].join(', ')
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`the document lacks ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
