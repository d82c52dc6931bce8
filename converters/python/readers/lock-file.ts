/** How every lock file that is TOML begins: the file as a table, and the pyproject.toml that stands beside it. */
import type { ReadContext } from '../../../src/model/converter.ts'
import { fail } from '../../../src/problem.ts'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { findManifest, type Manifest } from './pyproject.ts'

/** Throws what is wrong with its syntax. */
export function openLock({ file, files }: ReadContext): Fields {
  const fields = rootFields(parseToml(files.find(file) ?? '', { file, purpose: 'lock', reach: files.reach }))
  if (fields === undefined) throw new TypeError('a TOML document is a table')
  return fields
}

/** `[metadata]`, without which nothing says what the file is. Throws. */
export function getMetadata(fields: Fields, hint: string): Fields {
  const metadata = fields.object('metadata')
  if (metadata !== undefined) return metadata
  fields.document.failIfAny()
  return fail({ code: 'lock-syntax', message: 'there is no [metadata]', where: { file: fields.document.file }, hint })
}

/** What the file was made from. Throws `manifest-mismatch`, and what is wrong with it. */
export function getManifest({ file, files }: ReadContext): Manifest {
  const manifest = findManifest(files, '')
  if (manifest !== undefined) return manifest
  const message = `there is no pyproject.toml beside ${file}`
  const hint = 'run lock2build in the directory that holds both'
  return fail({ code: 'manifest-mismatch', message, where: { file }, hint })
}
