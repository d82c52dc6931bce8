/** What every reader asks of the project: the text of the lock file, and manifests. */
import type { ReadContext } from '../../../src/model/converter.ts'
import { fail, shown } from '../../../src/problem.ts'
import type { Problem, Where } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'

/** Throws `io` when the file has gone since it was found. */
export function lockText({ files, file }: ReadContext): string {
  return files.find(file) ?? fail({ code: 'io', message: `${file} is not there`, where: { file } })
}

/** Of a directory of the project; '' is the project itself. */
export function manifestFile(dir: string): string {
  return dir === '' ? 'package.json' : `${dir}/package.json`
}

export interface ManifestLoading {
  readonly context: ReadContext
  readonly report: (problem: Problem) => void
}

/** What `read` makes of a manifest; undefined when it is not there, or broken (which is reported). */
export function loadManifest<T>(
  dir: string,
  { context, report }: ManifestLoading,
  read: (fields: Fields, file: string) => T,
): T | undefined {
  const file = manifestFile(dir)
  const text = context.files.find(file)
  if (text === undefined) return undefined
  const document = parseJson(text, { file, purpose: 'manifest' })
  const fields = rootFields(document)
  const manifest = fields === undefined ? undefined : read(fields, file)
  for (const problem of document.problems) report(problem)
  return document.problems.length > 0 ? undefined : manifest
}

export interface MissingManifest {
  /** Of the entry that names it, where there is one. */
  readonly where?: Where | undefined
  /** The command that brings the lock file up to date. */
  readonly relock: string
}

/** For who cannot do without: reports `manifest-mismatch` when there is no manifest. */
export function needManifest<T>(
  dir: string,
  loading: ManifestLoading,
  { read, where, relock }: MissingManifest & { readonly read: (fields: Fields, file: string) => T },
): T | undefined {
  const { context, report } = loading
  const file = manifestFile(dir)
  if (context.files.find(file) !== undefined) return loadManifest(dir, loading, read)
  const message = dir === '' ? `there is no package.json beside ${context.file}` : `${shown(file)} is not there`
  const hint = dir === '' ? 'run lock2build in the directory that holds both' : relock
  report({ code: 'manifest-mismatch', message, where: where ?? { file: context.file }, hint })
  return undefined
}
