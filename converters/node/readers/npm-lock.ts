/**
 * Reader of package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 (nested `dependencies`), 2 (both halves; `packages`
 * counts) and 3 (`packages` alone): https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
 */
import type { LockReader, ReadContext, ReadResult } from '../../../src/model/converter.ts'
import { fail, failIfAny, shown } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import { readNpmConfig } from '../npmrc.ts'
import { buildLock } from './build-lock.ts'
import { collectParts } from './collect-parts.ts'
import type { Table } from './json-table.ts'
import { parseTable } from './json-table.ts'
import { compareHalves } from './compare-halves.ts'
import { readDependencies } from './npm-lock-v1.ts'
import { readPackages } from './npm-lock-packages.ts'
import type { Entry } from './npm-entry.ts'

export const npmLock: LockReader = { read: readNpmLock }

function readNpmLock(context: ReadContext): ReadResult {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const warn = (problem: Problem): void => void warnings.push(problem)
  const { registries } = readNpmConfig(context)
  const table = parseTable(getText(context, context.file), context.file, { report, manifest: false })
  const version = readVersion(table)
  failIfAny(problems)
  const entries = entriesOf(version, table)
  if (version === '2') compareHalves(entries, table, warn)
  const format = { name: 'npm-lock', version, file: context.file }
  const parts = collectParts(entries, { format, context, report, warn })
  const lock = buildLock(parts, { registries, report, warn })
  failIfAny(problems)
  return { lock, warnings }
}

function getText({ files }: ReadContext, file: string): string {
  return files.find(file) ?? fail({ code: 'io', message: `${file} is not there`, where: { file } })
}

/** Versions are functions in a record: 2 holds both halves, and its newer one counts. */
const readers: Readonly<Record<string, (table: Table) => readonly Entry[]>> = {
  '1': readDependencies,
  '2': readPackages,
  '3': readPackages,
}

function entriesOf(version: string, table: Table): readonly Entry[] {
  return readers[version]?.(table) ?? []
}

function readVersion(table: Table): string {
  const hint = 'npm install --package-lock-only --lockfile-version 3'
  const where = table.whereOf('lockfileVersion')
  if (!table.has('lockfileVersion')) {
    const message =
      'there is no lockfileVersion: npm 4 and older wrote such files, and the newer ones cannot be relied on to fit'
    return fail({ code: 'lock-version', message, where: { file: where.file }, hint })
  }
  const version = table.number('lockfileVersion')
  if (version !== undefined && Object.hasOwn(readers, String(version))) return String(version)
  if (version === undefined) return ''
  return fail({
    code: 'lock-version',
    message: `lockfileVersion ${version} is not known (1, 2 and 3 are)`,
    where,
    hint,
  })
}
