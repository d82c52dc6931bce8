/**
 * What is going on, for anything that takes longer than 300 ms: one line that is rewritten on a terminal, otherwise a line
 * every ten seconds. Time is counted in ticks of a timer, so nothing here looks at a clock.
 */

export interface Progress {
  /** `done` of `total` when they are known. */
  show(what: string, done?: number, total?: number): void
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

export function createProgress({ mode, rewrite, print, tick: interval = TICK }: ProgressOptions): Progress {
  let current = ''
  let shown = ''
  let ticks = 0
  let timer: NodeJS.Timeout | undefined
  const tick = () => {
    ticks += 1
    if (mode === 'live' && ticks >= TICKS_BEFORE_LIVE && current !== shown) rewrite((shown = current))
    if (mode === 'lines' && ticks % TICKS_BETWEEN_LINES === 0) print(current)
  }
  return {
    show: (what, done, total) => {
      if (mode === 'none') return
      const count = done === undefined ? '' : ` ${done}${total === undefined ? '' : ` of ${total}`}`
      current = `${what}${count} …`
      timer ??= setInterval(tick, interval).unref()
    },
    clear: () => {
      clearInterval(timer)
      timer = undefined
      if (shown !== '') rewrite((shown = ''))
    },
  }
}
