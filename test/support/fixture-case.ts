/**
 * A case is a folder: `case.json` says why it exists, `input/` is a project (with `.npmrc`, `registry/` and `git.json` for what
 * the world would answer), `expected/` is what lock2build makes of it: `spec.json`, or `problem.json`, and `warnings.json`.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import type { Ecosystem, LockFormat, ReadContext } from '../../src/model/converter.ts'
import { disconnected } from '../../src/cli/connect.ts'
import type { Connection } from '../../src/cli/derive.ts'
import { ProblemError } from '../../src/problem.ts'
import type { Problem } from '../../src/problem.ts'
import { loadArchive, projectArchives } from '../../src/io/project-archives.ts'
import { projectFiles } from '../../src/io/project-files.ts'
import { pinLock } from '../../src/pin/pin-lock.ts'
import { SPEC_VERSION, type SpecPart } from '../../src/spec/build-spec.ts'
import { printSpec } from '../../src/spec/print.ts'
import { readSpec } from '../../src/spec/read.ts'
import { namedPackages } from '../../src/spec/named-packages.ts'
import { specPart } from '../../src/spec/spec-part.ts'
import { fileGit, fileWeb } from './fixture-world.ts'

export const fixturesDir = join(import.meta.dirname, '../../fixtures')

const allSystems = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']

export interface FixtureCase {
  /** `npm-lock/smallest`. */
  readonly name: string
  readonly format: string
  readonly dir: string
  readonly settings: CaseSettings
}

export interface CaseSettings {
  /** One sentence. */
  readonly why: string
  /** Where the project stands in `input`, which is a git repository then; absent: `input` is the project, in whatever holds it. */
  readonly repository?: string
  readonly options?: {
    readonly omit?: readonly string[]
    readonly systems?: readonly string[]
    readonly registry?: string
    readonly usePackageManager?: boolean
    readonly environment?: Readonly<Record<string, string>>
  }
}

/** Every case whose name contains the filter, sorted. */
export function listCases(filter = ''): readonly FixtureCase[] {
  const formats = readdirSync(fixturesDir).sort()
  return formats
    .flatMap((format) =>
      readdirSync(join(fixturesDir, format))
        .sort()
        .map((folder) => ({ format, folder })),
    )
    .map(({ format, folder }) => ({ format, name: `${format}/${folder}`, dir: join(fixturesDir, format, folder) }))
    .filter(({ name }) => name.includes(filter))
    .map((found) => ({ ...found, settings: readSettings(join(found.dir, 'case.json')) }))
}

function readSettings(file: string): CaseSettings {
  const settings: CaseSettings = JSON.parse(readFileSync(file, 'utf8'))
  return settings
}

/** Runs the pipeline; gives the files that belong into `expected/`. */
export async function runCase(fixture: FixtureCase): Promise<ReadonlyMap<string, string>> {
  try {
    return await convert(fixture)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return new Map([['problem.json', printProblems(error.problems)]])
  }
}

const repositories = new Map<string, string>()

/** The project's directory. A repository is a copy: no repository can be a part of another one's files. */
export function inputOf({ dir, settings: { repository } }: FixtureCase): string {
  const input = join(dir, 'input')
  if (repository === undefined) return input
  const copy = repositories.get(dir) ?? makeRepository(input)
  repositories.set(dir, copy)
  return join(copy, repository)
}

function makeRepository(input: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'fixture-'))
  cpSync(input, copy, { recursive: true })
  mkdirSync(join(copy, '.git'))
  return copy
}

async function convert(fixture: FixtureCase): Promise<ReadonlyMap<string, string>> {
  const input = inputOf(fixture)
  const web = fileWeb(join(input, 'registry'))
  const connection: Connection = { web, downloads: web, git: fileGit(join(input, 'git.json')) }
  const { text, warnings } = await derive(fixture, connection)
  const again = await derive(fixture, disconnected, partOf(text))
  if (again.text !== text) throw new Error(`${fixture.name}: a second run without a network gives another spec`)
  const narrow = await derive(fixture, connection, undefined, { systems: ['x86_64-linux'], omit: ['dev'] })
  const widened = await derive(fixture, connection, partOf(narrow.text))
  if (widened.text !== text)
    throw new Error(`${fixture.name}: another spec, when one of a single system was there before`)
  const files = new Map([['spec.json', text]])
  if (warnings.length > 0) files.set('warnings.json', printProblems(warnings))
  return files
}

/** What is written must be readable: the next run and the build begin with reading it. */
function partOf(text: string): SpecPart | undefined {
  return Object.values(readSpec(text, 'spec.json').ecosystems)[0]
}

interface Derived {
  readonly text: string
  readonly warnings: readonly Problem[]
}

async function derive(
  fixture: FixtureCase,
  connection: Connection,
  previous?: SpecPart,
  more: CaseSettings['options'] = {},
): Promise<Derived> {
  const { settings } = fixture
  const input = inputOf(fixture)
  const { ecosystem, format } = getFormat(fixture.format)
  const { omit = [], systems = allSystems, usePackageManager = false } = { ...settings.options, ...more }
  const [reader, converter] = await Promise.all([format.load(), ecosystem.load()])
  const context = readContext(input, format, settings)
  const read = reader.read(context)
  const planOptions = { systems, omit, usePackageManager }
  const planned = converter.planWithLookUps?.(read.lock, planOptions, {
    ...connection,
    previous,
    loadArchive: (path) => loadArchive(input, path),
  })
  const { plan, lock, warnings } = (await planned) ?? converter.plan(read.lock, planOptions)
  const pinned = await pinLock(lock ?? namedPackages(read.lock, plan), {
    ...connection,
    previous,
    indexes: converter.indexes?.(context, connection.web),
    archives: projectArchives(input),
    lookUp: converter.lookUp,
  })
  const part = specPart(pinned.lock, plan, { omit, usePackageManager })
  const text = printSpec({
    lock2build: SPEC_VERSION,
    systems: [...systems].sort(),
    ecosystems: { [ecosystem.name]: part },
  })
  return { text, warnings: [...read.warnings, ...pinned.warnings, ...warnings] }
}

function readContext(input: string, format: LockFormat, { options }: CaseSettings): ReadContext {
  const file = format.files.find((name) => existsSync(join(input, name)))
  if (file === undefined) throw new Error(`${input} holds none of ${format.files.join(', ')}`)
  const registry = options?.registry
  return { file, files: projectFiles(input), userConfig: [], environment: options?.environment ?? {}, registry }
}

function getFormat(name: string): { ecosystem: Ecosystem; format: LockFormat } {
  for (const ecosystem of ecosystems) {
    const format = ecosystem.formats.find((candidate) => candidate.name === name)
    if (format !== undefined) return { ecosystem, format }
  }
  throw new Error(`fixtures/${name} is not named like a format of the registry`)
}

function printProblems(problems: readonly Problem[]): string {
  const plain = problems.map(({ code, message, where, hint }) => ({
    code,
    message,
    where: where === undefined ? undefined : { file: where.file, key: where.key, line: where.line },
    hint,
  }))
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/** The expected files as they stand; empty when the case is new. */
export function readExpected({ dir }: FixtureCase): ReadonlyMap<string, string> {
  const expected = join(dir, 'expected')
  if (!existsSync(expected)) return new Map()
  return new Map(
    readdirSync(expected)
      .sort()
      .map((name) => [name, readFileSync(join(expected, name), 'utf8')]),
  )
}

export function saveExpected({ dir }: FixtureCase, files: ReadonlyMap<string, string>): void {
  const expected = join(dir, 'expected')
  rmSync(expected, { recursive: true, force: true })
  mkdirSync(expected, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(expected, name), text)
}
