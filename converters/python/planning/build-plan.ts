/** `[build-system]` as the build needs it. */
import type { BuildSystem } from '../../../src/model/python.ts'
import type { BuildPlan } from '../python-plan.ts'

/** What a source without `[build-system]` is built with (PEP 517). */
const LEGACY_BACKEND = 'setuptools.build_meta:__legacy__'

export function planBuild(build: BuildSystem | undefined): BuildPlan {
  return {
    backend: build?.backend ?? LEGACY_BACKEND,
    ...(build?.backendPath === undefined ? {} : { backendPath: build.backendPath }),
  }
}
