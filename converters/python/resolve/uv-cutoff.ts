/**
 * `--before` for uv: it writes the day into uv.lock (`[options] exclude-newer`), and a later `uv lock` that is not told the same day
 * refuses the file, or resolves everything anew. So a day that was for one run is forgotten, and one of the project's own counts.
 */
import type { Resolution, ResolveRequest } from '../../../src/model/resolver.ts'
import { fail } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { findManifest } from '../readers/pyproject.ts'
import { findUvToml } from '../readers/uv-lock/file-kinds.ts'

/** Throws `usage` where uv is told a day already, by the project, the user or the environment. */
export function refuseSecondCutoff({ files, userConfig, environment }: ResolveRequest): void {
  const project = findUvToml(files) ?? findManifest(files, '')?.fields.object('tool')?.object('uv')
  const user = userConfig
    .filter(({ kind }) => kind === 'uv')
    .map(({ file, text }) => rootFields(parseToml(text, { file, purpose: 'config' })))
  const settings = [project, ...user].find((each) => each?.has('exclude-newer'))
  if (settings === undefined && !environment['UV_EXCLUDE_NEWER']) return
  fail({
    code: 'usage',
    message: `uv is told ${settings === undefined ? 'UV_EXCLUDE_NEWER' : '`exclude-newer`'} already: with --before or --min-age the lock file would not belong to it`,
    where: settings?.where('exclude-newer'),
    hint: 'leave the option out, or change the day there',
  })
}

/** The lock file as uv writes it when no day is named. */
export function forgetCutoff(made: Resolution): Resolution {
  const files = [...made.files].map(([path, text]): [string, string] => [
    path,
    path === 'uv.lock' ? withoutDay(text) : text,
  ])
  return { ...made, files: new Map(files) }
}

function withoutDay(text: string): string {
  return text
    .replace(/^\[options\]\n(?:.+\n)*/m, (table) => {
      const rest = table.replace(/^exclude-newer = .*\n/m, '')
      return rest === '[options]\n' ? '' : rest
    })
    .replace(/\n{3,}/, '\n\n')
}
