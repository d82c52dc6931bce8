/**
 * Files of a package in poetry.lock: in the package since 2.0, before that under its name in `[metadata.files]`, where all versions
 * of a name share one list.
 */
import type { Digest } from '../../../../src/model/digest.ts'
import { shown } from '../../../../src/problem.ts'
import { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { compareVersions, parseVersion } from '../../standards/version.ts'
import { findEach, type Table } from '../../table.ts'
import { findSha256, isFileName, readDigest } from '../location.ts'
import { reportAt } from '../packages.ts'

export interface LockedFile {
  readonly name: string
  readonly digest: Digest
}

export interface FileOwner {
  readonly entry: Fields
  /** PEP 503. */
  readonly name: string
  readonly version: string
  /** Every version of the name that is locked. */
  readonly versions: readonly string[]
}

/** Wheels first, as the lock file has them. Faults are collected in the document. */
export function filesOf(owner: FileOwner, metadata: Fields): readonly LockedFile[] {
  const { entry, version, versions } = owner
  if (entry.has('files')) return wheelsFirst(readFiles(entry, 'files'))
  const shared = metadata.object('files')
  const key = shared?.keys().find((written) => normalizeName(written) === owner.name)
  if (shared === undefined || key === undefined) return []
  const files = readFiles(shared, key)
  return wheelsFirst(versions.length === 1 ? files : files.filter(({ name }) => isFileOf(name, owner.name, version)))
}

function readFiles(fields: Fields, key: string): readonly LockedFile[] {
  return findEach(fields.raw(key), findPlainFile) ?? readEach(fields, key)
}

/** Nearly every file: there is nothing to tell, so it needs no place. */
function findPlainFile({ file: name, hash }: Table): LockedFile | undefined {
  const digest = findSha256(hash)
  return digest !== undefined && typeof name === 'string' && isFileName(name) ? { name, digest } : undefined
}

function readEach(fields: Fields, key: string): readonly LockedFile[] {
  return (fields.objects(key) ?? []).flatMap((entry) => {
    const name = entry.requiredText('file')
    const hash = entry.requiredText('hash')
    if (name !== undefined && !isFileName(name)) {
      entry.addProblem('name-invalid', `${shown(name)} is not the name of a wheel or a source archive`, { key: 'file' })
      return []
    }
    const digest = hash === undefined ? undefined : readDigest(hash, reportAt(entry, 'hash'))
    return name === undefined || digest === undefined ? [] : [{ name, digest }]
  })
}

function wheelsFirst(files: readonly LockedFile[]): readonly LockedFile[] {
  // They are, where the names of all files begin alike.
  if (files.every((file, index) => index === 0 || isWheel(files[index - 1]) || !isWheel(file))) return files
  return [...files.filter(isWheel), ...files.filter((file) => !isWheel(file))]
}

function isWheel(file: LockedFile | undefined): boolean {
  return file?.name.endsWith('.whl') === true
}

/** Whether a file's name is that of a package and version, in any of their spellings. */
export function isFileOf(fileName: string, name: string, version: string): boolean {
  const wanted = parseVersion(version)
  if (wanted === undefined) return false
  const stem = fileName.replace(/\.(?:whl|tar\.gz|tgz|zip|tar\.bz2|tar\.xz|tar|egg)$/, '')
  const parts = stem.split('-')
  const isWheel = fileName.endsWith('.whl') || fileName.endsWith('.egg')
  for (let length = 1; length < parts.length; length += 1) {
    if (normalizeName(parts.slice(0, length).join('-')) !== name) continue
    // Of a wheel only the next part is the version; of a source archive all the rest is.
    const written = isWheel ? parts[length] : parts.slice(length).join('-')
    const found = parseVersion((written ?? '').replaceAll('_', '+'))
    if (found !== undefined && compareVersions(found, wanted) === 0) return true
  }
  return false
}
