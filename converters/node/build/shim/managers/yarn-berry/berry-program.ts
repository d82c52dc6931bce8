/** The Yarn of the build: run in the project's directory, without a network, with no configuration but the project's. */
import { existsSync } from 'node:fs'
import { fail } from '../../failure.ts'
import type { NodeSpec } from '../../spec-reader.ts'
import { managerBin, managerEnvironment, pathWith, quoted, writeManager, writeProgram } from '../../manager-tools.ts'
import { runProgram } from '../../run-program.ts'
import type { Answer, Environment, ProgramRun } from '../../run-program.ts'

export interface BerryProgram {
  /** In the project's directory. */
  run(args: readonly string[], env: Environment, answer?: Answer): Promise<ProgramRun>
  /** In some directory. */
  runIn(cwd: string, args: readonly string[], more?: Environment, isShown?: boolean): Promise<ProgramRun>
  /** For what runs beside it: `yarn` is on PATH. */
  readonly env: Environment
}

export interface BerryNeeds {
  readonly spec: NodeSpec
  /** Archive of Yarn; undefined: the project brings its own along. */
  readonly archive: string | undefined
  readonly nodedir: string
  /** Private directory. */
  readonly state: string
  /** Variables of the project's own scripts. */
  readonly own?: Environment | undefined
}

/** `root`: the project's directory while building; a Yarn that the project brings along stands there already. */
export function berryProgram(root: string, needs: BerryNeeds): BerryProgram {
  const file = findProgram(root, needs)
  const bin = managerBin(needs.state)
  // For scripts that say so.
  writeProgram(`${bin}/yarn`, quoted(file))
  const env = { ...berryEnvironment(root, needs), ...needs.own, PATH: pathWith(bin) }
  return {
    env,
    run: (args, more, answer) =>
      runProgram([process.execPath, file, ...args], { cwd: root, env: { ...env, ...more }, answer }),
    runIn: (cwd, args, more, isShown) =>
      runProgram([process.execPath, file, ...args], { cwd, env: { ...env, ...more }, isShown: isShown === true }),
  }
}

function findProgram(root: string, { spec, archive, state }: BerryNeeds): string {
  const program = spec.plan.manager?.program
  if (program !== undefined) {
    if (!existsSync(`${root}/${program}`)) fail(`The project has no ${program}, which .yarnrc.yml names as its Yarn.`)
    return `${root}/${program}`
  }
  if (archive === undefined) fail('The job gives no archive of Yarn.')
  return writeManager(archive, state).files.get('yarn') ?? fail('The archive of Yarn has no program called yarn.')
}

/** Settings by environment go before those of the project's .yarnrc.yml. */
function berryEnvironment(root: string, { nodedir, state }: BerryNeeds): Environment {
  return {
    ...managerEnvironment(state, nodedir),
    YARN_GLOBAL_FOLDER: `${state}/yarn`,
    YARN_CACHE_FOLDER: `${root}/.yarn/cache`,
    // What Yarn notes for its next run is no part of any result.
    YARN_INSTALL_STATE_PATH: `${state}/install-state.gz`,
    YARN_ENABLE_MIRROR: '1',
    YARN_ENABLE_INLINE_BUILDS: '1',
    YARN_ENABLE_PROGRESS_BARS: '0',
    YARN_ENABLE_COLORS: '0',
    YARN_ENABLE_HYPERLINKS: '0',
  }
}
