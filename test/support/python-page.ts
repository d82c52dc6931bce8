/** What docs/fidelity-python.md says of a comparison, and what is wrong with one. */
import type { PythonCase } from './python-cases.ts'
import { pythonExceptions } from './python-exceptions.ts'
import type { PythonResult } from './python-fidelity.ts'

/** Beside differences of files; each a sentence. */
export function faultsOf(one: PythonCase, result: PythonResult): readonly string[] {
  const { trees, printed, ran, checked, leaks } = result
  const { use, application } = one
  return [
    ...(trees.nix === undefined || trees.nix === trees.embedded ? [] : ['the embedded builder makes another tree']),
    ...(printed === use.prints ? [] : [`its code prints ${printed}, not ${use.prints}`]),
    ...ran.flatMap((text) => (text === application?.prints ? [] : [`${application?.program} prints ${text}`])),
    ...(checked === '' ? [] : [`nix-build --check: ${checked}`]),
    ...leaks.map((path) => `${path} holds a password`),
  ]
}

/** A line of the table. */
export function rowOf({ project, about, tool, lockedBy = tool }: PythonCase, result: PythonResult): string {
  const { files, excepted } = result.comparison
  const numbers = pythonExceptions.flatMap((one, at) => (excepted.has(one) ? [at + 1] : []))
  const cells = [`\`${project}\``, about, lockedBy.name, tool.name, result.packages, files, numbers.join(', ')]
  return `| ${cells.join(' | ')} |`
}

const START = '<!-- fidelity: written by `node scripts/fidelity-python.mjs --write` -->'
const END = '<!-- /fidelity -->'
const HEAD = `| project | what is special | locked by | compared with | packages | files | exceptions |
|---|---|---|---|---|---|---|`

/** The page with these rows, by project, in the place of those that it has; the others stay. Sorted by project. */
export function pageWith(page: string, rows: ReadonlyMap<string, string>): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  const known = page.slice(start, end).matchAll(/^\| `([\w.-]+)` \|.*$/gm)
  const all = new Map([...[...known].map(([row, project = '']) => [project, row] as const), ...rows])
  const sorted = [...all.keys()].sort().map((project) => all.get(project) ?? '')
  const table = [START, '', HEAD, ...sorted, '', 'Exceptions:', '', ...reasons(), '', END].join('\n')
  return page.slice(0, start) + table + page.slice(end + END.length)
}

function reasons(): readonly string[] {
  return pythonExceptions.map(({ pattern, kind, reason, holds }, at) => {
    const checked = holds === undefined ? '' : ' (checked)'
    return `${at + 1}. \`${pattern.source.replaceAll('\\/', '/')}\` (${kind}): ${reason}${checked}.`
  })
}
