/**
 * poetry.lock of every Poetry since 1.0 (python-poetry/poetry, src/poetry/packages/locker.py), with the pyproject.toml it belongs to.
 * Its content-hash tells whether it still does.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Lock, LockedPackage } from '../../../../src/model/lock.ts'
import type { PythonProject } from '../../../../src/model/python.ts'
import { fail, shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readBuildConstraints } from '../../poetry/build-constraints.ts'
import { contentHashes } from '../../poetry/content-hash.ts'
import { readFileKinds } from '../../poetry/installer-settings.ts'
import { readPoetryProject, readPython } from '../../poetry/poetry-project.ts'
import { byName, candidatesOf, edgeTo, type Ask } from '../ask.ts'
import { getManifest, getMetadata, openLock } from '../lock-file.ts'
import type { Manifest } from '../pyproject.ts'
import { readLocalProjects } from '../local-projects.ts'
import { addEdges } from './edges.ts'
import { misnamedFiles } from './misnamed-files.ts'
import { readPackages } from './locked-packages.ts'

export const poetryLock: LockReader = { read }

function read(context: ReadContext): ReadResult {
  const { file, files } = context
  const fields = openLock(context)
  const { document } = fields
  const metadata = getMetadata(fields, RELOCK)
  const version = getVersion(metadata)
  const manifest = getManifest(context)
  checkFreshness(metadata, manifest)
  const packages = readPackages(fields, metadata, readFileKinds(files))
  addEdges(packages)
  const { project, requires, asks } = readPoetryProject(manifest)
  const python = readPython(metadata, 'python-versions')
  const builds = readBuildConstraints(manifest.fields)
  manifest.fields.document.failIfAny()
  document.failIfAny()
  const locked = [...packages.values()].map(({ pkg }) => pkg)
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'poetry-lock', version, file },
    roots: [{ path: '', name: project.name, version: project.version, dependencies: rootEdges(asks, locked) }],
    packages: new Map(locked.map((pkg) => [pkg.id, pkg])),
    python: {
      requires: python ?? requires,
      builds,
      projects: new Map<string, PythonProject>([['', project], ...readLocalProjects(locked, files)]),
    },
  }
  return { lock, warnings: misnamedFiles(packages.values(), metadata) }
}

const RELOCK = 'run poetry lock, which writes it anew'
const known = ['1.0', '1.1', '2.0', '2.1']

/** Poetry 1.0 wrote no lock-version yet, and took a file without one for 1.0. Throws `lock-version`. */
function getVersion(metadata: Fields): string {
  const version = metadata.text('lock-version')
  if (version === undefined && metadata.has('hashes')) {
    return failVersion(
      metadata,
      'hashes',
      'this was written before Poetry 1.0: it does not name the files that its hashes belong to',
    )
  }
  if (version === undefined && metadata.has('lock-version')) metadata.document.failIfAny()
  if (version === undefined || known.includes(version)) return version ?? '1.0'
  return failVersion(
    metadata,
    'lock-version',
    `version ${shown(version)} of the format is not known; known are ${known.join(', ')}`,
  )
}

function failVersion(metadata: Fields, key: string, message: string): never {
  return fail({ code: 'lock-version', message, where: metadata.where(key), hint: RELOCK })
}

function checkFreshness(metadata: Fields, { file, fields }: Manifest): void {
  const hash = metadata.text('content-hash')
  if (hash === undefined || contentHashes(fields.document.value).has(hash)) return
  const message = `${file} has been changed since this file was locked: the content-hash is another one`
  metadata.addProblem('manifest-mismatch', message, { key: 'content-hash', hint: 'run poetry lock' })
}

/** What the project asks for; of several packages of one name every one that fits. */
function rootEdges(asks: readonly Ask[], locked: readonly LockedPackage[]) {
  const named = byName(locked)
  return asks.flatMap((ask) => candidatesOf(ask, named.get(ask.name) ?? []).map(({ id }) => edgeTo(id, ask)))
}
