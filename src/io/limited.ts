/** Bounded concurrency: at most `limit` of the tasks given to one limiter are under way, the rest wait in order. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>

export function limited(limit: number): Limiter {
  const waiting: (() => void)[] = []
  let free = limit
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
