/** The targets of a plan, as bits of a number: sets of them are met and joined in one step, whatever their count. */
import type { PythonFacts } from '../../../src/model/python.ts'
import { fail, shown } from '../../../src/problem.ts'
import type { Targets } from '../python-plan.ts'
import { environmentOf, findPatch } from '../standards/environment.ts'
import { evaluateMarker, parseMarker, type InterpreterEnvironment } from '../standards/marker.ts'
import { parseSpecifiers } from '../standards/specifier.ts'
import type { Target } from '../standards/target.ts'

/** Versions of CPython that are planned for, as far as a project allows them. */
export const PYTHONS = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14'] as const

/** Bit n is the n-th of the planned targets. */
export type TargetSet = bigint

export interface PlannedTarget {
  /** `x86_64-linux/3.12` */
  readonly id: string
  readonly target: Target
  readonly environment: InterpreterEnvironment
  readonly bit: TargetSet
}

export interface PlannedTargets {
  readonly list: readonly PlannedTarget[]
  readonly all: TargetSet
  /** The shortest way to say it. */
  print(set: TargetSet): Targets
}

/** Where a project may be used; absent: everywhere. */
export type LockedFor = Pick<PythonFacts, 'requires' | 'environments'>

/** Throws `source-unsupported` when no Python or no system is left. */
export function planTargets(systems: readonly string[], lockedFor: LockedFor = {}, file: string): PlannedTargets {
  const { requires, environments } = lockedFor
  const specifiers = parseSpecifiers(requires ?? '', { file })
  const pythons = PYTHONS.flatMap((python) => {
    const patch = findPatch(python, specifiers)
    return patch === undefined ? [] : [{ python, patch }]
  })
  if (pythons.length === 0) failPython(requires ?? '', file)
  const ids = [...new Set(systems)].flatMap((system) => pythons.map((each) => ({ system, ...each })))
  const markers = environments?.map((text) => parseMarker(text, { file }))
  const list = ids
    .map(({ system, python, patch }) => {
      const target: Target = { system, python, implementation: 'cpython' }
      return { id: `${system}/${python}`, target, environment: environmentOf(target, patch) }
    })
    .filter(({ environment }) => markers?.some((marker) => evaluateMarker(marker, environment)) ?? true)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((each, index): PlannedTarget => ({ ...each, bit: 1n << BigInt(index) }))
  if (list.length === 0) failSystems(systems, environments ?? [], file)
  const all = (1n << BigInt(list.length)) - 1n
  return { list, all, print: printer(list, all) }
}

function failPython(requires: string, file: string): never {
  return fail({
    code: 'source-unsupported',
    message: `it is locked for Python ${shown(requires)}, and lock2build plans for ${PYTHONS.join(', ')}`,
    where: { file },
    hint: 'lock the project for one of these versions of Python',
  })
}

function failSystems(systems: readonly string[], environments: readonly string[], file: string): never {
  return fail({
    code: 'source-unsupported',
    message: `it is locked where ${environments.map(shown).join(' or ')}, which is true on none of ${systems.join(', ')}`,
    where: { file },
    hint: 'lock the project for one of these systems, or name another one: `--system NAME`',
  })
}

function printer(list: readonly PlannedTarget[], all: TargetSet): (set: TargetSet) => Targets {
  const printed = new Map<TargetSet, Targets>()
  const families = new Map<string, TargetSet>()
  for (const { target, bit } of list) {
    for (const name of [target.system, target.python]) families.set(name, (families.get(name) ?? 0n) | bit)
  }
  const print = (set: TargetSet): Targets => {
    if (set === all) return 'all'
    const names: string[] = []
    let covered = 0n
    for (const [name, members] of families) {
      if ((set & members) !== members || (covered & members) === members) continue
      names.push(name)
      covered |= members
    }
    for (const { id, bit } of list) if ((set & bit & ~covered) !== 0n) names.push(id)
    return names.sort()
  }
  return (set) => {
    let found = printed.get(set)
    if (found === undefined) printed.set(set, (found = print(set)))
    return found
  }
}
