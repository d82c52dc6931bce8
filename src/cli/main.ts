#!/usr/bin/env node
// The entry: `--version` is answered here, with nothing loaded; everything else is in chunks.
declare const LOCK2BUILD_VERSION: string

const [first, ...others] = process.argv.slice(2)
if (others.length === 0 && (first === '--version' || first === '-V')) {
  process.stdout.write(`${LOCK2BUILD_VERSION}\n`)
} else {
  enableCompileCache()
  const { run } = await import('./run.ts')
  await run(process.argv.slice(2))
}

/** Node 22 and later keep compiled code in a directory of the user's; older ones have no such function. */
function enableCompileCache(): void {
  const { enableCompileCache } = process.getBuiltinModule('node:module') as { enableCompileCache?: () => unknown }
  enableCompileCache?.()
}
