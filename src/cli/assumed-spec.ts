/**
 * A run that keeps pins assumes that the last one's spec is as it was written: to check it costs several times what parsing it does.
 * The assumption is right if this run writes the same text, for what it writes is valid. If not, the spec is read after all; nothing
 * of what follows from a spec that is not valid stays.
 */
import { SPEC_VERSION, type BuildSpec } from '../spec/build-spec.ts'
import type { Derived } from './derive.ts'
import { asWrittenAgain, type PreviousSpec } from './previous-spec.ts'

/** `derive`: may be called twice. */
export async function deriveAssuming(
  previous: PreviousSpec,
  derive: (previous: Pick<PreviousSpec, 'spec'>) => Promise<Derived>,
): Promise<Derived> {
  const assumed = new AssumedSpec(previous)
  const isWrong = () => previous.problems.length > 0
  try {
    const derived = await derive(assumed)
    if (!assumed.isUsed || asWrittenAgain(previous, derived) !== previous || !isWrong()) return derived
  } catch (error) {
    if (!assumed.isUsed || !isWrong()) throw error
  }
  return derive(previous)
}

class AssumedSpec implements Pick<PreviousSpec, 'spec'> {
  /** Whether something follows from what was not checked. */
  isUsed = false
  readonly #previous: PreviousSpec
  #spec: { readonly value: BuildSpec | undefined } | undefined

  constructor(previous: PreviousSpec) {
    this.#previous = previous
  }

  get spec(): BuildSpec | undefined {
    return (this.#spec ??= { value: this.#assume() }).value
  }

  #assume(): BuildSpec | undefined {
    const value = parse(this.#previous.text)
    if (!isSpecLike(value)) return this.#previous.spec
    this.isUsed = true
    return value
  }
}

function parse(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As far as it is looked at; the rest is what is assumed. */
function isSpecLike(value: unknown): value is BuildSpec {
  if (typeof value !== 'object' || value === null) return false
  return (
    'lock2build' in value && value.lock2build === SPEC_VERSION && 'ecosystems' in value && isTable(value.ecosystems)
  )
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
