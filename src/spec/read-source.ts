/** One source of a spec. `urls`, `git` or `path` says its kind. */
import type { Fields } from '../text/fields.ts'
import type { SpecArchive, SpecGit, SpecLocal, SpecSource } from './build-spec.ts'
import { checkShape, keyProblem, onlyKeys, textLike } from './read-field.ts'

/** undefined, and collected problems, when the kind cannot be told. */
export function readSource(fields: Fields): SpecSource | undefined {
  if (fields.has('urls')) return readArchive(fields)
  if (fields.has('git')) return readGit(fields)
  if (fields.has('path')) return readLocal(fields)
  keyProblem(fields, 'urls', 'a source needs urls, git or path')
  return undefined
}

const archiveKeys = new Set(['name', 'urls', 'hash', 'claim'])
const gitKeys = new Set(['name', 'git', 'rev', 'hash', 'subdir'])
const localKeys = new Set(['name', 'path', 'hash'])

function readArchive(fields: Fields): SpecArchive {
  onlyKeys(fields, archiveKeys)
  const urls = fields.texts('urls') ?? []
  if (urls.length === 0) keyProblem(fields, 'urls', 'no URL is named')
  for (const url of urls) checkShape(fields, 'urls', url, 'archiveUrl')
  const claim = fields.text('claim')
  const name = textLike(fields, 'name', 'storeName')
  const hash = textLike(fields, 'hash', 'archiveHash')
  return claim === undefined ? { name, urls, hash } : { name, urls, hash, claim }
}

function readGit(fields: Fields): SpecGit {
  onlyKeys(fields, gitKeys)
  return {
    name: textLike(fields, 'name', 'storeName'),
    git: textLike(fields, 'git', 'gitUrl'),
    rev: textLike(fields, 'rev', 'gitRev'),
    hash: textLike(fields, 'hash', 'treeHash'),
    ...(fields.has('subdir') ? { subdir: textLike(fields, 'subdir', 'insidePath') } : {}),
  }
}

function readLocal(fields: Fields): SpecLocal {
  onlyKeys(fields, localKeys)
  return {
    name: textLike(fields, 'name', 'storeName'),
    path: textLike(fields, 'path', 'nearPath'),
    ...(fields.has('hash') ? { hash: textLike(fields, 'hash', 'anyHash') } : {}),
  }
}
