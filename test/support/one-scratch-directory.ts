/** Vitest's global setup: whatever the tests put into the temporary directory goes with the run. See scripts/scratch.mjs. */
import { removeScratch, useScratch } from '../../scripts/scratch.mjs'

export function setup(): void {
  useScratch()
}

export function teardown(): void {
  try {
    removeScratch()
  } catch (error) {
    // Vitest prints it, and would end well.
    process.exitCode = 1
    throw error
  }
}
