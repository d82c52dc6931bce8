/**
 * requirements.txt with exact versions, and hashes or none, as pip-compile, `uv pip compile`, `uv export` and `poetry export` write it. Whatever
 * stands in it is needed by the project itself; who else needs it is only said in comments.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Edge, Lock } from '../../../../src/model/lock.ts'
import type { Source } from '../../../../src/model/source.ts'
import { fail, failIfAny, shown, type Problem } from '../../../../src/problem.ts'
import { readLocalProjects } from '../local-projects.ts'
import { Packages, type DraftPackage } from '../packages.ts'
import { findRootProject } from '../setup-project.ts'
import { draftPackages } from './draft-packages.ts'
import { readFiles } from './included-files.ts'
import { COMPILE } from './pins.ts'

export const requirements: LockReader = { read }

function read({ file, files }: ReadContext): ReadResult {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const text = files.find(file) ?? ''
  if (text.trim() === '') fail({ code: 'lock-syntax', message: 'the file is empty', where: { file } })
  const found = readFiles(file, files, report)
  const packages = new Packages()
  const drafts = draftPackages(found, { packages, files, report })
  failIfAny(problems)
  const project = findRootProject(files)
  const locked = [...packages.all.values()]
  const dependencies = drafts.map(({ pkg, marker, extras }): Edge => ({
    as: pkg.name,
    to: pkg.id,
    kind: 'prod',
    ...(extras.length === 0 ? {} : { extras }),
    ...(marker === undefined ? {} : { marker }),
  }))
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'requirements', version: '1', file },
    roots: [{ path: '', name: project?.name, version: project?.version, dependencies }],
    packages: packages.all,
    python: {
      projects: new Map([
        ...readLocalProjects(locked, files),
        // Groups and extras of a manifest are not what this file was made for.
        ['', { ...(project ?? { virtual: true }), groups: [], extras: [], defaultGroups: [] }],
      ]),
    },
  }
  return { lock, warnings: hashWarnings(locked, file) }
}

/** One for all: it is a property of the file. */
function hashWarnings(locked: readonly DraftPackage[], file: string): readonly Problem[] {
  const isPinnedByNothing = (source: Source) => source.kind === 'indexed' && source.digests.length === 0
  const found = locked.filter(({ sources }) => sources.some(isPinnedByNothing))
  const [first] = found
  if (first === undefined) return []
  const who = found.length === 1 ? `${shown(first.name)} has` : `${shown(first.name)} and ${found.length - 1} more have`
  return [
    {
      code: 'integrity-missing',
      message: `${who} no --hash: what the index has today is pinned, and stays`,
      where: { file },
      hint: COMPILE,
    },
  ]
}
