/** A difference as a comment of a pull request: GitHub's Markdown, in which nothing of a lock file means anything. */
import { isSuspicious, type Difference, type IntegrityChange, type Move, type VersionChange } from './difference.ts'
import { summarize } from './print-diff.ts'

export interface MarkdownOptions {
  /** What is compared, in plain words. */
  readonly title: string
  /** By ecosystem; those without a difference are left out. */
  readonly parts: readonly (readonly [ecosystem: string, difference: Difference])[]
}

/** A comment may have 65,536 characters. */
const MOST = 60_000

/** Longer tables are folded. */
const FOLDED = 25

export function printMarkdown({ title, parts }: MarkdownOptions): string {
  const sections = parts.flatMap(([ecosystem, difference]) => printPart(parts.length > 1 ? ecosystem : '', difference))
  const text = [`### ${escaped(title)}`, '', ...(sections.length === 0 ? ['No differences.'] : sections)].join('\n')
  return text.length <= MOST ? `${text.trimEnd()}\n` : `${cut(text)}\n`
}

function printPart(ecosystem: string, difference: Difference): readonly string[] {
  const { integrity, moved, added, removed, updated, downgraded, other } = difference
  const suspicious = integrity.filter(isSuspicious)
  const rows = [
    ...updated.map((change) => changeRow(change, change.step ?? '')),
    ...downgraded.map((change) => changeRow(change, `${change.step ?? ''} **downgrade**`.trim())),
    ...added.map(({ name, version }) => row(code(name), '', code(version), 'added')),
    ...removed.map(({ name, version }) => row(code(name), code(version), '', 'removed')),
    ...integrity.filter((each) => !isSuspicious(each)).map(integrityRow),
  ]
  const summary = summarize(difference)
  if (summary === '' && other.length === 0) return []
  return [
    `${ecosystem === '' ? '' : `**${escaped(ecosystem)}**: `}${summary === '' ? 'the same packages' : summary}`,
    '',
    ...suspicious.flatMap((each) => warn(each)),
    ...printTable(['package', 'version', 'from', 'to'], moved.map(moveRow), 'From elsewhere than before'),
    ...printTable(['package', 'from', 'to', 'change'], rows, undefined),
    ...other.map((line) => `- ${code(line)}`),
    ...(other.length === 0 ? [] : ['']),
  ]
}

/** GitHub shows it as a red box. */
function warn({ name, version, kind, file, from, to }: IntegrityChange): readonly string[] {
  const what = kind === 'lost' ? 'has lost its digest' : 'has another digest'
  const which = file === undefined ? '' : ` (${code(file)})`
  return [
    '> [!CAUTION]',
    `> ${code(`${name} ${version}`)}${which} is the same version and ${what}: ${code(from)} → ${to === '' ? 'none' : code(to)}`,
    '',
  ]
}

function changeRow({ name, from, to }: VersionChange, change: string): string {
  return row(code(name), code(from), code(to), change)
}

function moveRow({ name, version, from, to }: Move): string {
  return row(code(name), code(version), code(from), code(to))
}

function integrityRow({ name, version, kind, from, to }: IntegrityChange): string {
  if (kind === 'commit')
    return row(code(`${name} ${version}`), code(from.slice(0, 12)), code(to.slice(0, 12)), 'commit')
  return row(code(`${name} ${version}`), 'no digest', 'a digest', '')
}

function printTable(head: readonly string[], rows: readonly string[], title: string | undefined): readonly string[] {
  if (rows.length === 0) return []
  const table = [row(...head), `|${'---|'.repeat(head.length)}`, ...rows, '']
  const heading = title === undefined ? [] : [`**${title}**`, '']
  if (rows.length <= FOLDED) return [...heading, ...table]
  return [...heading, `<details><summary>${rows.length} packages</summary>`, '', ...table, '</details>', '']
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/**
 * A span of code: no mention of a person (`@babel/core`), no link, no HTML. Control characters and backticks, which no package has,
 * become `?`; a bar ends a cell even inside of code.
 */
function code(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff`]/g, '?')
  const short = plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
  return short === '' ? '' : `\`${short.replaceAll('|', '\\|')}\``
}

/** Text outside of code. */
function escaped(text: string): string {
  return text.replace(/[^\w ,.:()→/~-]/g, '?')
}

/** At the end of a line, with what is open closed. */
function cut(text: string): string {
  const head = text.slice(0, text.lastIndexOf('\n', MOST))
  const isOpen = head.lastIndexOf('<details>') > head.lastIndexOf('</details>')
  return `${head}\n${isOpen ? '\n</details>\n' : ''}\n… and more than fits into a comment: \`lock2build diff\` shows all.`
}
