/** Who sets V8's flags is told when threads start, and when they run or have failed. */
import { Worker } from 'node:worker_threads'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { WorkerPool } from '../../../converters/node/build/shim/worker-pool.ts'
import { onThreadStart, startingThreads } from '../../../src/io/thread-start.ts'

let told: string[] = []
onThreadStart({ starting: () => told.push('starting'), started: () => told.push('started') })
beforeEach(() => void (told = []))

const workers: Worker[] = []
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())))

test('before a thread begins, and when it runs', async () => {
  const { started } = await startingThreads(async () => {
    told.push('made')
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    workers.push(worker)
    return { started: new Promise<void>((resolve) => worker.once('online', () => resolve())) }
  })
  expect(told).toEqual(['starting', 'made'])
  await started
  await Promise.resolve()
  expect(told).toEqual(['starting', 'made', 'started'])
})

test('when none was made', async () => {
  await expect(startingThreads(() => Promise.reject(new Error('no threads')))).rejects.toThrow('no threads')
  expect(told).toEqual(['starting', 'started'])
})

test('a pool’s thread that cannot start is over, too', async () => {
  const pool = new WorkerPool(2, new URL('file:///nowhere/thread.cjs'))
  const [thread] = pool.start()
  await thread?.started
  await expect(pool.run([])).resolves.toEqual([])
  await pool.close()
})
