/** Programs outside of a sandbox that must not outlive this process, not even when it is killed and cannot end them itself. */
import { findProgram } from '../io/find-program.ts'

export type Command = readonly [string, ...string[]]

/** The same command under util-linux' `setpriv`, by which the kernel ends it with this process; as it is where there is none. */
export function dieWithParent(command: Command): Command {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv', { PATH: SYSTEM_PATH }) : undefined
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command]
}

const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin'
