/**
 * pdm.lock, versions 4.4 and 4.5 (pdm-project/pdm, src/pdm/project/lockfile), with the pyproject.toml it belongs to. Its content_hash
 * tells whether it still does.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Edge, Lock, LockedPackage } from '../../../../src/model/lock.ts'
import { fail, shown, type Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { pdmContentHashes } from '../../pdm/content-hash.ts'
import { readPdmProject } from '../../pdm/pdm-project.ts'
import { byName, candidatesOf, edgeTo, type Ask } from '../ask.ts'
import { readLocalProjects } from '../local-projects.ts'
import { getManifest, getMetadata, openLock } from '../lock-file.ts'
import type { Manifest } from '../pyproject.ts'
import { readSpecifiers } from '../packages.ts'
import { readPackages } from './locked-packages.ts'

export const pdmLock: LockReader = { read }

function read(context: ReadContext): ReadResult {
  const { file, files } = context
  const fields = openLock(context)
  const { document } = fields
  const metadata = getMetadata(fields, RELOCK)
  const version = getVersion(metadata)
  const manifest = getManifest(context)
  checkFreshness(metadata, manifest)
  const own = readPdmProject(manifest)
  const { project, asks } = own
  const warnings: Problem[] = []
  const locked = readPackages(fields, { ...own, warn: (problem) => void warnings.push(problem) })
  manifest.fields.document.failIfAny()
  document.failIfAny()
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'pdm-lock', version, file },
    roots: [{ path: '', name: project.name, version: project.version, dependencies: rootEdges(asks, locked) }],
    packages: new Map(locked.map((pkg) => [pkg.id, pkg])),
    python: {
      requires: readPython(metadata) ?? manifest.requires,
      projects: new Map([...readLocalProjects(locked, files), ['', project]]),
    },
  }
  document.failIfAny()
  return { lock, warnings }
}

const RELOCK = 'run pdm lock, which writes it anew'

/** PDM's rule: the first number says what can be read, the second what is needed to. Throws `lock-version`. */
function getVersion(metadata: Fields): string {
  const version = metadata.text('lock_version')
  const [, known] = /^(4\.[45])(?:\.\d+)*$/.exec(version ?? '') ?? []
  if (known !== undefined) return known
  metadata.document.failIfAny()
  const message =
    version === undefined
      ? 'there is no lock_version'
      : `version ${shown(version)} of the format is not known; known are 4.4 and 4.5`
  return fail({ code: 'lock-version', message, where: metadata.where('lock_version'), hint: RELOCK })
}

function checkFreshness(metadata: Fields, { file, fields }: Manifest): void {
  const hash = metadata.text('content_hash')
  const hashes = pdmContentHashes(fields.document.value)
  if (hash === undefined || hashes === undefined || !hash.startsWith('sha256:')) return
  if (hashes.has(hash.slice('sha256:'.length))) return
  const message = `${file} has been changed since this file was locked: the content_hash is another one`
  metadata.addProblem('manifest-mismatch', message, { key: 'content_hash', hint: 'run pdm lock' })
}

/** Of the target that it is locked for; of several, none says it for all. */
function readPython(metadata: Fields): string | undefined {
  const targets = metadata.objects('targets') ?? []
  const versions = new Set(targets.map((target) => readSpecifiers(target, 'requires_python')))
  const [only] = versions
  return versions.size === 1 ? only : undefined
}

function rootEdges(asks: readonly Ask[], locked: readonly LockedPackage[]): readonly Edge[] {
  const named = byName(locked)
  return asks.flatMap((ask) => candidatesOf(ask, named.get(ask.name) ?? []).map(({ id }) => edgeTo(id, ask)))
}
