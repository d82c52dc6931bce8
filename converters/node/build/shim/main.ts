/** Entry of node-shim.mjs: `node node-shim.mjs <command> job.json`. */
import { errorText, Failure, Refusal, say } from './failure.ts'
import { runScript } from './managers/npm/script-shell.ts'
import { install } from './install.ts'
import { pack } from './pack.ts'
import { buildPackage } from './package.ts'
import { linkShell } from './shell.ts'
import { isPoolWorker, serveTasks } from './worker-pool.ts'

const entry = new URL(import.meta.url)

async function main([command = '', file = '', ...rest]: readonly string[]): Promise<void> {
  // Modes are npm's whatever the caller's umask is.
  process.umask(0o022)
  switch (command) {
    case 'script':
      process.exitCode = runScript(file, rest)
      return

    case 'install':
      return install(file, entry)
    case 'package':
      return buildPackage(file, entry)
    case 'pack':
      return pack(file, entry)
    case 'shell':
      return linkShell(file, process.cwd())
  }
  throw new Failure('usage: node node-shim.mjs install|package|pack|shell job.json')
}

if (isPoolWorker()) serveTasks()
else {
  main(process.argv.slice(2)).catch((error: unknown) => {
    const text =
      error instanceof Failure || !(error instanceof Error) ? errorText(error) : (error.stack ?? error.message)
    say(text)
    process.exitCode = error instanceof Refusal ? 75 : 1
  })
}
