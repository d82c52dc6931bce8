/** What an ecosystem knows of how two of its locks compare. Loaded when there is something to compare. */

export interface Comparison {
  /** Negative, 0 or positive, in the order of releases; undefined when one of them is no version (a URL, nothing at all). */
  compareVersions(a: string, b: string): number | undefined
  /** How far apart two versions are; undefined when one of them is none, or they are the same release. */
  stepBetween(a: string, b: string): VersionStep | undefined
  /** A package's name as lock files spell it, for how a person may type it; absent: there is one spelling. */
  readonly spellName?: (typed: string) => string
  /** Hosts that are another host's under a second name: PyPI's files stand on a host of their own. */
  readonly aliases: Readonly<Record<string, string>>
  /** A spec tells by a claim what the lock file did not say: a digest without one stood there. */
  readonly hasClaims: boolean
  /** Of a source's id in a spec: it stands there for the sake of a build, and in no lock file. */
  isForBuild(id: string): boolean
}

/** The first part that differs, from the smallest step to the largest. `prerelease`: only what comes before (or after) a release. */
export const versionSteps = ['prerelease', 'patch', 'minor', 'major'] as const

export type VersionStep = (typeof versionSteps)[number]
