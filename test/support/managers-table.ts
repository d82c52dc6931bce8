/**
 * The tables of package managers in docs/fidelity.md: how many files of each project were found equal, and which differences are
 * allowed for which reason. Results are put into the table that is there, so that one project can be compared anew.
 */
import type { TreeComparison } from './fidelity-compare.ts'

/** `linkers`: the other ways in which some of them lay packages out. */
export type TableName = 'managers' | 'linkers'

export interface Cell {
  /** Undefined: there is no comparison, for the reason that is the note. */
  readonly files: number | undefined
  /** Allowed differences, and why; sorted. */
  readonly notes: readonly string[]
}

/** By `tool/project`. */
export type Cells = ReadonlyMap<string, Cell>

export interface Rows {
  readonly table: TableName
  readonly tools: readonly string[]
  readonly projects: readonly { readonly project: string; readonly about: string }[]
}

export function cellOf({ files, excepted }: Pick<TreeComparison, 'files' | 'excepted'>): Cell {
  const notes = [...excepted.keys()].map(
    ({ pattern, kind, reason }) => `\`${pattern.source.replaceAll('\\/', '/')}\` (${kind}): ${reason}.`,
  )
  return { files, notes: [...new Set(notes)].sort() }
}

const NONE = 'none'

/** The document with these cells in its table; all others stay as they are. */
export function writeCells(document: string, cells: Cells, rows: Rows): string {
  const { before, table, after } = parts(document, rows.table)
  return `${before}\n\n${print(new Map([...parse(table), ...cells]), rows)}\n${after}`
}

export function readCells(document: string, name: TableName): Cells {
  return parse(parts(document, name).table)
}

function print(cells: Cells, { tools, projects }: Rows): string {
  const names = projects.flatMap(({ project }) => tools.map((tool) => `${tool}/${project}`))
  const notes = [...new Set(names.flatMap((name) => cells.get(name)?.notes ?? []))]
  const printed = (cell: Cell | undefined): string => {
    if (cell === undefined) return ''
    const numbers = cell.notes.map((note) => notes.indexOf(note) + 1).sort((a, b) => a - b)
    const files = cell.files ?? NONE
    return numbers.length === 0 ? `${files}` : `${files} (${numbers.join(', ')})`
  }
  const row = (words: readonly string[]): string => `| ${words.join(' | ')} |`
  return [
    row(['project', 'what is special', ...tools]),
    row(['', '', ...tools].map(() => '---')),
    ...projects.map(({ project, about }) =>
      row([`\`${project}\``, about, ...tools.map((tool) => printed(cells.get(`${tool}/${project}`)))]),
    ),
    '',
    'Exceptions:',
    '',
    ...notes.map((note, at) => `${at + 1}. ${note}`),
    '',
  ].join('\n')
}

function parse(table: string): Cells {
  const lines = table.split('\n')
  const rows = lines.filter((line) => line.startsWith('| ')).map((line) => line.slice(2, -2).split(' | '))
  const [, , ...tools] = rows[0] ?? []
  const notes = lines.flatMap((line) => /^\d+\. (.*)$/.exec(line)?.[1] ?? [])
  const cells = new Map<string, Cell>()
  for (const [name = '', , ...words] of rows.slice(2)) {
    for (const [at, word] of words.entries()) {
      const [, files, numbers] = /^(\d+|none)(?: \(([\d, ]+)\))?$/.exec(word.trim()) ?? []
      if (files === undefined) continue
      const used = (numbers?.split(', ') ?? []).map((number) => notes[Number(number) - 1] ?? '')
      const cell = { files: files === NONE ? undefined : Number(files), notes: used.sort() }
      cells.set(`${tools[at]}/${name.replaceAll('`', '')}`, cell)
    }
  }
  return cells
}

function parts(document: string, name: TableName) {
  const begin = `<!-- ${name}: written by \`node scripts/fidelity-managers.mjs --write\`, checked by test/nix/fidelity-managers.test.ts -->`
  const end = `<!-- /${name} -->`
  const from = document.indexOf(begin) + begin.length
  const to = document.indexOf(end)
  if (from < begin.length || to < from) throw new Error(`the document lacks ${begin} or ${end}`)
  return { before: document.slice(0, from), table: document.slice(from, to), after: document.slice(to) }
}
