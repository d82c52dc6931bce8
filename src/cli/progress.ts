/**
 * What is going on, for anything that takes longer than 300 ms: one line that is rewritten on a terminal, otherwise a line
 * every ten seconds. Time is counted in ticks of a timer, so nothing here looks at a clock.
 */
import { printBytes } from './printable.ts'

export interface Progress {
  /** `done` of `total` when they are known; `bytes` that came so far are shown with their rate. */
  show(what: string, done?: number, total?: number, bytes?: number): void
  /** Takes the line away; showing again brings it back. */
  clear(): void
}

export interface ProgressOptions {
  /** `live`: a terminal. `lines`: a file or pipe. `none`: --quiet. */
  readonly mode: 'live' | 'lines' | 'none'
  /** Replaces the line on the terminal; '' removes it. */
  readonly rewrite: (text: string) => void
  readonly print: (text: string) => void
  /** Milliseconds between two looks; 100 unless given. */
  readonly tick?: number
}

const TICK = 100
const TICKS_BEFORE_LIVE = 3
const TICKS_BETWEEN_LINES = 100

/** How far back a rate looks. */
const TICKS_OF_RATE = 30

export function createProgress({ mode, rewrite, print, tick: interval = TICK }: ProgressOptions): Progress {
  let current = ''
  let shown = ''
  let ticks = 0
  let timer: NodeJS.Timeout | undefined
  let received: number | undefined
  // Bytes at the last ticks, newest last.
  let history: number[] = []
  const line = () =>
    received === undefined ? `${current} …` : `${current}, ${printTraffic(received, history, interval)} …`
  const tick = () => {
    ticks += 1
    history = [...history.slice(-TICKS_OF_RATE), received ?? 0]
    if (mode === 'live' && ticks >= TICKS_BEFORE_LIVE && line() !== shown) rewrite((shown = line()))
    if (mode === 'lines' && ticks % TICKS_BETWEEN_LINES === 0) print(line())
  }
  return {
    show: (what, done, total, bytes) => {
      if (mode === 'none') return
      const count = done === undefined ? '' : ` ${done}${total === undefined ? '' : ` of ${total}`}`
      current = `${what}${count}`
      received = bytes
      timer ??= setInterval(tick, interval).unref()
    },
    clear: () => {
      clearInterval(timer)
      timer = undefined
      if (shown !== '') rewrite((shown = ''))
    },
  }
}

/** `12.4 MB, 3.1 MB/s` */
function printTraffic(bytes: number, history: readonly number[], interval: number): string {
  const [oldest = 0] = history
  const seconds = ((history.length - 1) * interval) / 1000
  const rate = seconds > 0 ? `, ${printBytes((bytes - oldest) / seconds)}/s` : ''
  return `${printBytes(bytes)}${rate}`
}
