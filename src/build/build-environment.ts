/** The variables of every build: nothing of the caller's. */

/** As a Nix build has it: the first day of 1980, which archives of every kind can hold. */
const SOURCE_DATE = '315532800'

/** `build`: the build directory; `tool`: a directory of programs, before those of the system; both as the build sees them. */
export function buildEnvironment(build: string, tool?: string): Readonly<Record<string, string>> {
  return {
    HOME: `${build}/home`,
    PATH: `${tool === undefined ? '' : `${tool}:`}/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin`,
    SOURCE_DATE_EPOCH: SOURCE_DATE,
    TMPDIR: `${build}/tmp`,
    TZ: 'UTC',
  }
}
