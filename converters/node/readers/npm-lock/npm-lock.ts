/**
 * Reader of package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 (nested `dependencies`), 2 (both halves; `packages`
 * counts) and 3 (`packages` alone): https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import { fail, failIfAny } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { readNpmConfig } from '../../npmrc.ts'
import { buildLock } from '../build-lock.ts'
import { collectParts } from './collect-parts.ts'
import { compareHalves } from './compare-halves.ts'
import type { Entry } from '../entry.ts'
import { ignoredSettings } from './ignored-settings.ts'
import { readPackages } from './lock-packages.ts'
import { readDependencies } from './lock-v1.ts'
import { peerConflicts } from './peer-conflicts.ts'
import { lockText } from '../project-files.ts'

export const npmLock: LockReader = { read: readNpmLock }

function readNpmLock(context: ReadContext): ReadResult {
  const { file } = context
  const { registries } = readNpmConfig(context)
  const document = parseJson(lockText(context), { file, purpose: 'lock' })
  const root = rootFields(document)
  const version = root === undefined ? undefined : readVersion(root)
  failIfAny(document.problems.map(hinted))
  if (root === undefined || version === undefined) throw new Error('a lock without a version is a problem')

  const problems: Problem[] = []
  const warnings: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const warn = (problem: Problem): void => void warnings.push(problem)
  const entries = readers[version]?.(root) ?? []
  if (entries.length === 0) failIfAny(document.problems.map(hinted))
  if (version === '2') compareHalves(entries, root, warn)
  const parts = collectParts(entries, { format: { name: 'npm-lock', version, file }, context, report, warn })
  const lock = buildLock(parts, { registries, report, warn, reach: context.files.reach })
  failIfAny([...document.problems.map(hinted), ...problems])
  return {
    lock: { ...lock, ignored: ignoredSettings(context, lock) },
    warnings: [...warnings, ...peerConflicts(parts, context)],
  }
}

/** What to do about a value of a wrong type is the same everywhere. */
function hinted(problem: Problem): Problem {
  return {
    ...problem,
    hint: problem.hint ?? 'restore the file from version control, or run npm install, which writes it anew',
  }
}

/** Versions are functions in a record: 2 holds both halves, and its newer one counts. */
const readers: Readonly<Record<string, (root: Fields) => readonly Entry[]>> = {
  '1': readDependencies,
  '2': readPackages,
  '3': readPackages,
}

const RELOCK = 'npm install --package-lock-only --lockfile-version 3'

/** Throws `lock-version`; a value that is no number is collected as a problem. */
function readVersion(root: Fields): string | undefined {
  if (!root.has('lockfileVersion')) {
    const message = 'there is no lockfileVersion: the file was written by npm 4 or older, or is no lock file'
    return fail({ code: 'lock-version', message, where: { file: root.document.file, line: 1 }, hint: RELOCK })
  }
  const version = root.integer('lockfileVersion')
  if (version === undefined || Object.hasOwn(readers, String(version))) return version?.toString()
  const message = `lockfileVersion ${version} is not known (1, 2 and 3 are)`
  return fail({ code: 'lock-version', message, where: root.where('lockfileVersion'), hint: RELOCK })
}
