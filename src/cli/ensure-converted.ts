/** lock2build/ as the lock file gives it now, for a build: where it is missing or stale, the project is converted first. */
import { setTimeout } from 'node:timers/promises'
import { projectFiles } from '../io/project-files.ts'
import { watchProject } from '../io/project-watch.ts'
import { wouldChange } from '../io/save.ts'
import { ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { specParts } from '../spec/collection-parts.ts'
import { readSpec } from '../spec/read.ts'
import type { CommandResult, Invocation } from './commands.ts'
import { convert } from './commands/convert.ts'
import { deriveAgain } from './derive-again.ts'
import { ownFiles } from './derive.ts'
import { specMemory } from './known-spec.ts'
import { findPreviousSpec, SPEC_FILE } from './previous-spec.ts'
import type { Line } from './printable.ts'
import type { Settings } from './settings.ts'

export interface Converted {
  readonly spec: BuildSpec
  /** What stands in spec.json. */
  readonly text: string
  /** What a conversion had to say; none when there was none. */
  readonly lines: readonly Line[]
  readonly warnings: readonly Problem[]
}

/**
 * Where there is no lock file, what stands in lock2build/ counts as it is. `isChecked`: nothing changed since it was found to be what
 * the lock file gives. Throws what a conversion throws.
 */
export async function ensureConverted(
  invocation: Invocation,
  settings: Settings,
  { isChecked = false } = {},
): Promise<Converted> {
  const files = projectFiles(invocation.directory)
  for (let tries = 0; ; tries += 1) {
    const previous = findPreviousSpec(files)
    const { spec, text = '' } = previous
    if (spec !== undefined && (isChecked || (await isCurrent(invocation, settings, { spec, text })))) {
      return { spec, text, lines: [], warnings: [] }
    }
    const result = await convertUnlessBusy(asConversion(invocation, settings, spec), tries < BUSY_TRIES)
    if (result !== undefined) {
      const text = files.find(SPEC_FILE) ?? ''
      return { spec: readSpec(text, SPEC_FILE), text, lines: result.lines ?? [], warnings: result.warnings ?? [] }
    }
  }
}

/** A conversion takes moments: when another one is at work, its outcome is waited for. */
const BUSY_TRIES = 300
const BUSY_PAUSE = 100

async function convertUnlessBusy(invocation: Invocation, canWait: boolean): Promise<CommandResult | undefined> {
  try {
    return await convert(invocation, { isStep: true })
  } catch (error) {
    const isBusy = error instanceof ProblemError && error.problems.some(({ code }) => code === 'busy')
    if (!isBusy || !canWait) throw error
    await setTimeout(BUSY_PAUSE)
    return undefined
  }
}

async function isCurrent(
  invocation: Invocation,
  settings: Settings,
  previous: { readonly spec: BuildSpec; readonly text: string },
): Promise<boolean> {
  const { directory } = invocation
  const memory = await specMemory(invocation, settings, previous)
  if (memory.isKnown()) return true
  try {
    const watch = watchProject(directory)
    const { files } = await deriveAgain(invocation, settings, previous.spec, watch)
    const own = files.filter(({ owner }) => owner === 'lock2build')
    const isSame = wouldChange(directory, own, ownFiles(previous.spec)).length === 0
    if (isSame) memory.save(watch, own)
    return isSame
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    if (error.problems.every(({ code }) => code === 'nothing-here')) return true
    if (error.problems.every(({ code }) => code === 'network-needed')) return false
    throw error
  }
}

/** The bare command's own words: what is chosen for this build alone is not among them, and the rest is as the last run had it. */
export function asConversion(invocation: Invocation, settings: Settings, spec: BuildSpec | undefined): Invocation {
  const parts = spec === undefined ? [] : specParts(spec)
  const omit = settings.omit ?? [...new Set(parts.flatMap(({ part }) => part.omit))]
  const system = settings.systems ?? spec?.systems
  const { line } = invocation
  const { offline, lock, registry, resolve } = line.values
  const values = { offline, lock, registry, resolve, omit, ...(system === undefined ? {} : { system }) }
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  return { ...invocation, line: { ...line, values: given } }
}
