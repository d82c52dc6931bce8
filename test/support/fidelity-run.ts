/** Runs one case of the fidelity test; prints what came out, for the test and for scripts/fidelity.mjs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpecPart } from '../../src/spec/build-spec.ts'
import { buildEmbedded, narOf } from './fidelity-embedded.ts'
import { everywhere, type FidelityCase } from './fidelity-cases.ts'
import type { TreeComparison, TreeException } from './fidelity-compare.ts'
import type { Served } from './fidelity-loopback.ts'
import {
  buildWithNix,
  compareWithNpm,
  convert,
  copyProject,
  countPlaces,
  installWithNpm,
  removeProject,
  runProgram,
  withLock,
  type LockVersion,
  type Project,
} from './fidelity.ts'
import type { NixStore } from './nix.ts'
import { timed } from './run-words.ts'

export interface CaseResult {
  readonly name: string
  /** Packages that stand in node_modules. */
  readonly packages: number
  readonly comparisons: ReadonlyMap<LockVersion, TreeComparison>
  /** Whether lock2build made the same of version 2 as of version 3. */
  readonly sameSpec: boolean
  /** Files that lock2build wrote and that hold a token. */
  readonly leaks: readonly string[]
  /** Exceptions that no difference needed. */
  readonly unused: readonly TreeException[]
  /** Digests of the newest lock's tree: as Nix built it, and as the embedded builder did. */
  readonly trees: { readonly nix: string; readonly embedded: string }
  /** What the case's program printed. */
  readonly printed: string | undefined
  /** Seconds of wall time. */
  readonly seconds: { readonly npm: number; readonly nix: number; readonly embedded: number; readonly all: number }
}

interface Reference {
  readonly project: Project
  readonly modules: readonly string[]
}

export interface Builders {
  readonly store: NixStore
  readonly embedded: {
    /** The program, see installProgram. */
    readonly program: string
    readonly cache: string
  }
}

/** Throws when npm, lock2build or Nix fails; differences are in the result. */
export async function runCase(one: FidelityCase, { store, embedded }: Builders): Promise<CaseResult> {
  const start = Date.now()
  const served = await one.serve?.()
  const open: Project[] = served === undefined ? [] : [served.project]
  const copy = (version: LockVersion) => {
    const project =
      served === undefined ? copyProject(one.project ?? one.name, version) : withLock(served.project, version)
    open.push(project)
    return project
  }
  try {
    return await compare(one, { store, embedded, served, copy, start })
  } finally {
    for (const project of open) removeProject(project)
    await served?.close()
  }
}

interface Running extends Builders {
  readonly served: Served | undefined
  readonly copy: (version: LockVersion) => Project
  readonly start: number
}

async function compare(one: FidelityCase, { store, embedded, served, copy, start }: Running): Promise<CaseResult> {
  const timer = { npm: 0, nix: 0, embedded: 0 }
  const comparisons = new Map<LockVersion, TreeComparison>()
  const leaks: string[] = []
  let reference: Reference | undefined
  let part: SpecPart | undefined
  let trees: CaseResult['trees'] | undefined
  let printed: string | undefined
  for (const version of one.built.toReversed()) {
    const [made, built] = await Promise.all([
      version === 1 && one.sharedReference !== undefined && reference !== undefined
        ? reference
        : timed(timer, 'npm', () => install(copy(version), one)),
      timed(timer, 'nix', () => build(copy(version), one, { store, served })),
    ])
    trees ??= {
      nix: await narOf(built.result),
      embedded: await narOf(await timed(timer, 'embedded', () => buildAgain(built.project, one, embedded))),
    }
    reference ??= made
    part ??= built.part
    leaks.push(...built.leaks)
    const exceptions = [...everywhere, ...(one.exceptions ?? []), ...(version === 1 ? (one.exceptionsOfV1 ?? []) : [])]
    const { project, modules } = made
    const request = { reference: project.folder, modules, result: built.result, exceptions }
    comparisons.set(version, compareWithNpm(request))
    if (one.use !== undefined) printed = await runProgram(one.use.program, built.result)
  }
  if (part === undefined || trees === undefined) throw new Error(`${one.name}: no lock version is built`)
  const second = await convert(copy(2))
  return {
    name: one.name,
    packages: countPlaces(part, { production: one.production === true }),
    comparisons,
    sameSpec: JSON.stringify({ ...second.part, lock: part.lock }) === JSON.stringify(part),
    leaks,
    unused: unusedExceptions(one, comparisons),
    trees,
    printed,
    seconds: { ...timer, all: (Date.now() - start) / 1000 },
  }
}

async function install(project: Project, { production }: FidelityCase): Promise<Reference> {
  return { project, modules: await installWithNpm(project, production === true ? ['--omit=dev'] : []) }
}

async function build(
  project: Project,
  { production }: FidelityCase,
  { store, served }: Pick<Running, 'store' | 'served'>,
) {
  const { part } = await convert(project)
  const leaks = findSecrets(project.folder, served?.secrets ?? [])
  const network = served?.network
  const attribute = production === true ? 'nodeModules.production.pristine' : 'nodeModules.pristine'
  const options = { attribute, archives: served?.archives ?? new Map(), ...(network === undefined ? {} : { network }) }
  return { project, part, leaks, result: await buildWithNix(store, project, part, options) }
}

/** By the embedded builder, of the files that were written for Nix. */
function buildAgain(project: Project, { production }: FidelityCase, { program, cache }: Builders['embedded']) {
  const attribute = production === true ? 'nodeModules.production' : 'nodeModules'
  return buildEmbedded(program, project, { cache, attribute })
}

function findSecrets(folder: string, secrets: readonly string[]): readonly string[] {
  const written = ['default.nix', ...readdirSync(join(folder, 'lock2build')).map((name) => `lock2build/${name}`)]
  return written.filter((path) => secrets.some((secret) => readFileSync(join(folder, path), 'utf8').includes(secret)))
}

function unusedExceptions(
  one: FidelityCase,
  comparisons: ReadonlyMap<LockVersion, TreeComparison>,
): readonly TreeException[] {
  const used = new Set([...comparisons.values()].flatMap(({ excepted }) => [...excepted.keys()]))
  return [...(one.exceptions ?? []), ...(one.exceptionsOfV1 ?? [])].filter((exception) => !used.has(exception))
}
