// Loaded into each measured node before its program: tells what the process has used when it ends. It loads nothing for that, neither
// before nor then: a module of node's that the program did not need would be part of the wall clock, and of unlike cost under other
// flags of V8.
const { env, pid } = process

// A thread gets a copy of the environment, in which its process has left this.
const isThread = env.BENCH_PROCESS === `${pid}`
env.BENCH_PROCESS = `${pid}`

process.on('exit', () => {
  if (isThread) return
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const line = `${JSON.stringify([userCPUTime + systemCPUTime, maxRSS])}\n`
  require('node:fs').appendFileSync(env.BENCH_USAGE, line)
})
