#!/usr/bin/env node
// The entry: `--version` is answered here, with nothing loaded; everything else is in chunks.
import { keepCompiledCode } from '../io/compiled-code.ts'

declare const LOCK2BUILD_VERSION: string

const words = process.argv.slice(2)
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${LOCK2BUILD_VERSION}\n`)
} else {
  void start()
}

async function start(): Promise<void> {
  keepCompiledCode(`${LOCK2BUILD_VERSION}-${process.version}-${process.arch}`, process.env)
  const { run } = await import('./run.ts')
  await run(words)
}
