/** No sandbox (`--no-sandbox`): the same directories and the same environment, under the paths that they have on the host. */
import { rmSync, symlinkSync } from 'node:fs'
import { dieWithParent } from './die-with-parent.ts'
import { runChild } from './run-child.ts'
import type { Sandbox } from './sandbox.ts'

export const noSandbox: Sandbox = {
  kind: 'none',
  places: ({ build, inputs }) => ({ build, inputs }),
  run: ({ build, inputs, mounts, command, environment, log }) => {
    for (const { from, to } of mounts) {
      rmSync(`${inputs}/${to}`, { recursive: true, force: true })
      symlinkSync(from, `${inputs}/${to}`)
    }
    return runChild(dieWithParent(command), { environment, log, cwd: build })
  },
}
