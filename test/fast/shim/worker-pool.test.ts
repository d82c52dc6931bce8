/** Threads that share tasks: each is done once, and a thread that cannot start is told. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withPool, type Task } from '../../../converters/node/build/shim/worker-pool.ts'

const root = mkdtempSync(join(tmpdir(), 'worker-pool-'))

/** Copies `name` into the directory `to`, which is there. */
function copyTask(name: string, to: string): Task {
  return { kind: 'copy', task: { from: root, to, files: [name], as: 'writable' } }
}

test('a thread that cannot start fails what it is asked, also when it failed before', async () => {
  const entry = join(root, 'broken.mjs')
  writeFileSync(entry, 'throw new Error("cannot start")')
  writeFileSync(join(root, 'a'), '')
  const run = withPool(2, pathToFileURL(entry), async (pool) => {
    pool.start()
    await setTimeout(500)
    await pool.run([copyTask('a', mkdtempSync(join(root, 'to-'))), copyTask('a', mkdtempSync(join(root, 'to-')))])
  })
  await expect(run).rejects.toThrow('cannot start')
})

test('after the first failure nothing is begun', async () => {
  writeFileSync(join(root, 'b'), '')
  const to = mkdtempSync(join(root, 'to-'))
  const tasks = [copyTask('b', to), ...Array.from({ length: 50 }, () => copyTask('none', to))]
  await expect(withPool(1, undefined, (pool) => pool.run(tasks))).rejects.toThrow('ENOENT')
  // The calling thread begins at the end.
  expect(existsSync(join(to, 'b'))).toBe(false)
})
