#!/usr/bin/env node
// The entry: `--version` is answered here, with nothing loaded; everything else is in chunks.
import { chunkLoader } from '../io/chunk-loader.ts'
import { findKeptCode } from '../io/kept-code.ts'

declare const LOCK2BUILD_VERSION: string
/** The chunk of run.ts, as seen from the built program. */
declare const LOCK2BUILD_RUN: string

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
  const load = chunkLoader(
    findKeptCode(version, process.env),
    words.some((word) => resolving.has(word)) ? 'long' : 'short',
  )
  await load<typeof import('./run.ts')>(LOCK2BUILD_RUN).run(words)
}
