/** The files that the lock file gives now, without network, to be compared with those that the last run wrote. */
import type { ProjectWatch } from '../io/project-watch.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { specParts, type NamedPart } from '../spec/collection-parts.ts'
import type { Invocation } from './commands.ts'
import { disconnected } from './connect.ts'
import { derive, type Derived } from './derive.ts'
import { KEPT_ASIDE } from './detect.ts'
import { defaultSystems } from './options.ts'
import type { Settings } from './settings.ts'

/**
 * What is set nowhere is as the last run had it: `--omit dev` need not be typed again. `watch`: see {@link derive}. Throws
 * `network-needed` for what is pinned nowhere.
 */
export function deriveAgain(
  invocation: Invocation,
  settings: Settings,
  spec: BuildSpec | undefined,
  watch?: ProjectWatch,
): Promise<Derived> {
  const { environment, directory, progress } = invocation
  return derive({
    directory,
    environment,
    lock: settings.lock ?? findNestedLock(spec),
    preferred: lockFiles(spec),
    registry: settings.registry,
    omit: settings.omit ?? findOmit(spec),
    systems: settings.systems ?? spec?.systems ?? defaultSystems,
    usePackageManager: settings.usePackageManager ?? findUse(spec),
    flake: false,
    env: settings.env,
    previous: { spec },
    connect: () => disconnected,
    watch,
    progress,
  })
}

function findOmit(spec: BuildSpec | undefined): readonly string[] {
  return [...new Set(partsOf(spec).flatMap(({ part }) => part.omit))]
}

function findUse(spec: BuildSpec | undefined): boolean {
  return partsOf(spec).some(({ part }) => part.usePackageManager === true)
}

function lockFiles(spec: BuildSpec | undefined): readonly string[] {
  return Object.values(spec?.ecosystems ?? {}).map((part) => part.lock.file)
}

/** A lock file below the project, as `--lock` named it in the last run: detection would not find it. */
function findNestedLock(spec: BuildSpec | undefined): string | undefined {
  return lockFiles(spec).find((file) => file.includes('/') && !file.startsWith(KEPT_ASIDE))
}

function partsOf(spec: BuildSpec | undefined): readonly NamedPart[] {
  return spec === undefined ? [] : specParts(spec)
}
