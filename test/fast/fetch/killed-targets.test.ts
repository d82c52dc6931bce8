/** A cache and a mirror whose writer is killed, or that two write at once: what is in them is whole, and the next run completes them. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { printNixBase32 } from '../../../src/digest/nix-base32.ts'
import { addToMirror } from '../../../src/fetch/mirror.ts'
import { addToStaticCache } from '../../../src/fetch/static-cache.ts'
import { bundleForChild } from '../../support/bundle-for-child.ts'
import { textsOf } from '../../support/cli.ts'
import { contentFolder } from '../../support/stored-content.ts'

const content = contentFolder()
afterAll(() => content.remove())
const sources = [
  ...Array.from({ length: 60 }, (_, index) => content.file(`p-${index}.tgz`, `content ${index} `.repeat(2000))),
  content.tree('tree', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f-${index}`, 'x'.repeat(9999)]))),
]
const freshFolder = () => mkdtempSync(join(content.folder, 'both-'))

const writing = `
import { addToMirror } from '../../../src/fetch/mirror.ts'
import { addToStaticCache } from '../../../src/fetch/static-cache.ts'
const [directory, text] = process.argv.slice(2)
const sources = JSON.parse(text)
process.stdout.write('begun')
await addToMirror(directory, sources)
await addToStaticCache(directory, sources, { compression: 'none', environment: process.env })
`

async function write(folder: string) {
  await addToMirror(folder, sources)
  await addToStaticCache(folder, sources, { compression: 'none', environment: process.env })
}

/** Everything under a name that says what it is, is that. */
function expectWhole(folder: string) {
  for (const [path, text] of Object.entries(textsOf(folder))) {
    const bytes = readFileSync(join(folder, path))
    const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest()
    if (path.startsWith('.lock2build/') || path === 'nix-cache-info') continue
    else if (path.endsWith('.narinfo'))
      expect(existsSync(join(folder, /^URL: (.*)$/m.exec(text)?.[1] ?? 'none'))).toBe(true)
    else if (path.startsWith('sha512/')) expect(path).toBe(`sha512/${digest('sha512').toString('hex')}`)
    else if (path.startsWith('nar/sha256/')) expect(path).toBe(`nar/sha256/${digest('sha256').toString('hex')}.nar`)
    else expect(path).toBe(`nar/${printNixBase32(digest('sha256'))}.nar`)
  }
}

test('killed at any moment, they are whole, and the next run completes them and leaves nothing behind', async () => {
  const reference = freshFolder()
  await write(reference)
  const program = bundleForChild(writing, import.meta.dirname)
  const killed = freshFolder()
  let begun = 0
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [program, killed, JSON.stringify(sources)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    // It may end by itself before it is killed.
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    await sleep(round * 10)
    child.kill('SIGKILL')
    await ended
    if (Object.keys(textsOf(killed)).length > 0) begun += 1
    expectWhole(killed)
  }
  expect(begun).toBeGreaterThan(0)
  await write(killed)
  expect(textsOf(killed)).toEqual(textsOf(reference))
}, 60_000)

test('written by three at once, they are what one writes', async () => {
  const [reference, shared] = [freshFolder(), freshFolder()]
  await write(reference)
  const program = bundleForChild(writing, import.meta.dirname)
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, [program, shared, JSON.stringify(sources)], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))
  expect(codes).toEqual([0, 0, 0])
  expect(textsOf(shared)).toEqual(textsOf(reference))
  expect(readdirSync(join(shared, '.lock2build/tmp'))).toEqual([])
}, 60_000)
