#!/usr/bin/env node
// The entry: `--version` is answered here, with nothing loaded; everything else is in chunks.
import { keepCompiledCode } from '../io/compiled-code.ts'

declare const LOCK2BUILD_VERSION: string

const words = process.argv.slice(2)
/** Words that make a run one of seconds. */
const resolving: ReadonlySet<string> = new Set(['resolve', '--resolve', 'update', 'add'])
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${LOCK2BUILD_VERSION}\n`)
} else {
  void start()
}

async function start(): Promise<void> {
  const version = `${LOCK2BUILD_VERSION}-${process.version}-${process.arch}`
  keepCompiledCode({ version, isLong: words.some((word) => resolving.has(word)) }, process.env)
  const { run } = await import('./run.ts')
  await run(words)
}
