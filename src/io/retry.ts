/**
 * Trying a request again: exponential backoff with full jitter, and what the server asks for in Retry-After.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** One failed attempt: says whether another may help. `text` completes "the request failed: …". */
export class AttemptError extends Error {
  readonly text: string
  readonly again: boolean
  /** Milliseconds the server asked us to wait. */
  readonly retryAfter: number | undefined
  constructor(text: string, again: boolean, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(text, { cause: options.cause })
    this.text = text
    this.again = again
    this.retryAfter = options.retryAfter
  }
}

/** Milliseconds. */
export interface Backoff {
  readonly base: number
  readonly cap: number
  readonly retryAfterCap: number
}

export const defaultBackoff: Backoff = { base: 250, cap: 8_000, retryAfterCap: 60_000 }

/** Runs `attempt` until it succeeds, throws something that must not be tried again, or was tried `retries` times more. */
export async function retrying<T>(attempt: () => Promise<T>, retries: number, backoff: Backoff): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof AttemptError) || !error.again || tried >= retries) throw error
      await sleep(waitBefore(tried, error.retryAfter, backoff))
    }
  }
}

function waitBefore(tried: number, retryAfter: number | undefined, backoff: Backoff): number {
  const jitter = Math.random() * Math.min(backoff.cap, backoff.base * 2 ** tried)
  return retryAfter === undefined ? jitter : Math.min(retryAfter, backoff.retryAfterCap) + jitter
}

/** Seconds or a date, as milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
