// Loaded into each measured node before its program: tells what the process has used when it ends. Nothing is loaded before that,
// so that what is measured is the program.
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  if (!require('node:worker_threads').isMainThread) return
  const line = `${JSON.stringify([userCPUTime + systemCPUTime, maxRSS])}\n`
  require('node:fs').appendFileSync(process.env.BENCH_USAGE, line)
})
