/** The thread that helps to link large trees, as it is shipped: were it broken, trees would only be made more slowly. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import type { Claims } from '../../converters/node/build/shim/pool-thread.ts'
import { printIndex } from '../../converters/node/build/shim/archive/kept-index.ts'

test('links what is kept, and says what it cannot unpack', async () => {
  const root = mkdtempSync(join(tmpdir(), 'link-thread-'))
  const worker = new Worker(new URL('../../dist/chunks/link-thread.cjs', import.meta.url))
  onTestFinished(async () => {
    await worker.terminate()
    rmSync(root, { recursive: true })
  })
  const [kept, into] = [join(root, 'kept'), join(root, 'out/a')]
  mkdirSync(join(kept, 'tree/lib'), { recursive: true })
  writeFileSync(join(kept, 'tree/lib/a.js'), '')
  const known = { scripts: [], hasModules: false, manifest: '{}\n{}' }
  writeFileSync(join(kept, 'index'), printIndex({ ...known, directories: ['lib'], files: ['lib/a.js'] }))
  const ask = async (task: object, claims: Claims): Promise<unknown> => {
    const answer = once(worker, 'message')
    const one = { kind: 'unpack', task: { archive: join(root, 'none'), into, label: 'a', ...task } }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    worker.postMessage({ tasks: [one, one], claims })
    return (await answer)[0]
  }
  // The first task is somebody else's.
  expect(await ask({ kept }, claimsOf(1, 0))).toEqual({ done: [[1, known]] })
  expect(statSync(join(into, 'lib/a.js')).ino).toBe(statSync(join(kept, 'tree/lib/a.js')).ino)
  const claims = claimsOf(0, 0)
  expect(await ask({}, claims)).toMatchObject({ foreseen: true })
  // Nobody begins what is left.
  expect([...claims]).toEqual([1, 1])
})

function claimsOf(...taken: readonly number[]): Claims {
  const claims = new Int32Array(new SharedArrayBuffer(taken.length * Int32Array.BYTES_PER_ELEMENT))
  claims.set(taken)
  return claims
}
