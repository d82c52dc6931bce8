/** Which one version a requirement means: what it says itself, or what a constraints file says of its name. Contradictions are reported. */
import { ProblemError, shown, type Problem } from '../../../../src/problem.ts'
import type { Report } from '../location.ts'
import { normalizeName } from '../../standards/name.ts'
import { parseRequirement, type Requirement } from '../../standards/requirement.ts'
import { satisfies } from '../../standards/specifier.ts'
import { printVersion } from '../../standards/version.ts'
import type { FileLine } from './included-files.ts'

export interface Constraint {
  readonly requirement: Requirement
  readonly line: FileLine
}

/** By normalized name, in the files' order. */
export type Constraints = ReadonlyMap<string, readonly Constraint[]>

/** Lines that are no requirements are reported. */
export function readConstraints(lines: readonly FileLine[], report: (problem: Problem) => void): Constraints {
  const constraints = new Map<string, readonly Constraint[]>()
  for (const line of lines) {
    const requirement = findRequirement(line, report)
    if (requirement === undefined) continue
    const name = normalizeName(requirement.name)
    constraints.set(name, [...(constraints.get(name) ?? []), { requirement, line }])
  }
  return constraints
}

/** undefined when the line is none, which is reported. */
export function findRequirement(line: FileLine, report: (problem: Problem) => void): Requirement | undefined {
  try {
    return parseRequirement(line.requirement, { file: line.file, line: line.line })
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    for (const problem of error.problems) report(problem)
    return undefined
  }
}

/** How a file with exact versions and hashes is made. */
export const COMPILE = 'let a tool write the file: pip-compile --generate-hashes, or uv pip compile --generate-hashes'

/**
 * undefined after a report: no version is named, or one that another specifier excludes. A constraint that holds only somewhere cannot
 * contradict a line that has its own version.
 */
export function findPin(
  requirement: Requirement,
  constraints: readonly Constraint[],
  report: Report,
): string | undefined {
  const name = shown(normalizeName(requirement.name))
  const isPinned = findOwnPin(requirement) !== undefined
  const counting = constraints.filter((constraint) => !isPinned || constraint.requirement.marker === undefined)
  const all = [requirement, ...counting.map((constraint) => constraint.requirement)]
  const pin = all.map(findOwnPin).find((version) => version !== undefined)
  if (pin === undefined) return report('lock-inconsistent', `no single version of ${name} is named`, COMPILE)
  const excluding = all.find(({ specifiers }) => !satisfies(pin, specifiers))
  if (excluding === undefined) return pin
  return report('lock-inconsistent', `${name} is to be ${shown(pin)}, and ${shown(excluding.specifierText)} as well`)
}

function findOwnPin({ specifiers }: Requirement): string | undefined {
  for (const specifier of specifiers) {
    if (specifier.operator === '===') return specifier.text
    if (specifier.operator === '==' && !specifier.isPrefix) return printVersion(specifier.version)
  }
  return undefined
}
