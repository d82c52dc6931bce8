/** pip's report of what it would install → pylock.toml (PEP 751), with the one file of each package that pip took. */
import { posix } from 'node:path'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'

export interface ReportOrigin {
  /** Of pip. */
  readonly version: string
  /** The project as pip saw it; absolute. */
  readonly directory: string
}

/** Throws what is wrong with the report. */
export function printReport(report: string, { version, directory }: ReportOrigin): string {
  const document = parseJson(report, { file: 'report of pip', purpose: 'lock' })
  const root = rootFields(document)
  const environment = root?.object('environment')
  const installed = [...(root?.objects('install') ?? [])].flatMap((entry) => printPackage(entry, directory) ?? [])
  document.failIfAny()
  const python = environment?.text('python_version') ?? ''
  const system = environment?.text('sys_platform') ?? ''
  const machine = environment?.text('platform_machine') ?? ''
  const marker = `sys_platform == '${system}' and platform_machine == '${machine}'`
  const head = [
    'lock-version = "1.0"',
    `environments = [${quoted(marker)}]`,
    `requires-python = ${quoted(`==${python}.*`)}`,
    `created-by = ${quoted(`pip ${version}, through lock2build`)}`,
  ]
  return [`${head.join('\n')}\n`, ...installed.sort()].join('\n')
}

/** undefined: the project itself. */
function printPackage(entry: Fields, directory: string): string | undefined {
  const metadata = entry.object('metadata')
  const source = printSource(entry, directory)
  if (source === undefined) return undefined
  const lines = [
    '[[packages]]',
    `name = ${quoted((metadata?.text('name') ?? '').replaceAll(/[-_.]+/g, '-').toLowerCase())}`,
    `version = ${quoted(metadata?.text('version') ?? '')}`,
    source,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** https://packaging.python.org/en/latest/specifications/direct-url-data-structure/ */
function printSource(entry: Fields, directory: string): string | undefined {
  const info = entry.object('download_info')
  const url = info?.text('url') ?? ''
  const git = info?.object('vcs_info')
  const subdirectory = info?.text('subdirectory')
  const within = subdirectory === undefined ? [] : [`subdirectory = ${quoted(subdirectory)}`]
  if (git !== undefined) {
    const commit = `commit-id = ${quoted(git.text('commit_id') ?? '')}`
    return `vcs = ${table([`type = ${quoted(git.text('vcs') ?? '')}`, `url = ${quoted(url)}`, commit, ...within])}`
  }
  if (info?.raw('dir_info') !== undefined) return printDirectory(url, directory)
  const hashes = info?.object('archive_info')?.object('hashes')
  const digests = (hashes?.keys() ?? []).map((name) => `${name} = ${quoted(hashes?.text(name) ?? '')}`)
  const file = table([`url = ${quoted(url)}`, `hashes = ${table(digests)}`])
  if (entry.boolean('is_direct') === true) {
    return `archive = ${table([`url = ${quoted(url)}`, `hashes = ${table(digests)}`, ...within])}`
  }
  return /\.whl(?:[?#]|$)/.test(url) ? `wheels = [${file}]` : `sdist = ${file}`
}

/** undefined: the project itself. */
function printDirectory(url: string, directory: string): string | undefined {
  const path = posix.relative(directory, decodeURIComponent(url.replace(/^file:\/\/(?:localhost)?(?=\/)/i, '')))
  const written = path.startsWith('../') || path === '..' ? path : `./${path}`
  return path === '' ? undefined : `directory = ${table([`path = ${quoted(written)}`])}`
}

function table(members: readonly string[]): string {
  return `{ ${members.join(', ')} }`
}

/** A basic string of TOML: JSON's escapes are among its own. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}
