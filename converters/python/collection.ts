/** Python packages that are installed for their programs, each in an environment of its own, as pipx does it. */
import type { ToolFault, ToolRequest, Tools } from '../../src/model/collection.ts'
import { ProblemError, shown } from '../../src/problem.ts'
import { normalizeName } from './standards/name.ts'
import { parseRequirement, type Requirement } from './standards/requirement.ts'
import { parseVersion } from './standards/version.ts'

export const pythonTools: Tools = {
  read,
  split,
  manifest: (request) => new Map([['pyproject.toml', manifestText(request)]]),
  configuration: [],
  // Nothing but the wheel itself does.
  hasPrograms: () => undefined,
}

/** `black`, or `black[jupyter]`; specifiers, one version, or a URL. */
function read(key: string, range: string): ToolRequest | ToolFault {
  const named = findRequirement(key)
  if (named === undefined || named.specifierText !== '' || named.url !== undefined || named.marker !== undefined) {
    return { code: 'name-invalid', message: `${shown(key)} is not the name of a Python package` }
  }
  const wanted = normalizeRange(range.trim())
  const whole = RANGE.test(wanted) ? findRequirement(requirementText({ name: named.name, range: wanted })) : undefined
  if (whole === undefined || whole.marker !== undefined) {
    return {
      code: 'requirement-invalid',
      message: `${shown(range)} is neither a version, nor version specifiers or a URL`,
      hint: 'examples are "*", ">=24,<25", "==24.*", "24.1.0", "git+https://…"',
    }
  }
  return { name: normalizeName(named.name), range: wanted, extras: named.extras.map(normalizeName).sort() }
}

/** Any, specifiers, or a URL; anything else would become a part of the name. */
const RANGE = /^(?:\*$|[<>=!~]|[a-z][a-z+]*:)/i

function normalizeRange(range: string): string {
  if (range === '' || range === '*') return '*'
  return parseVersion(range) !== undefined ? `==${range}` : range
}

function findRequirement(text: string): Requirement | undefined {
  try {
    return parseRequirement(text)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

function requirementText({ name, range, extras = [] }: ToolRequest): string {
  const named = extras.length === 0 ? name : `${name}[${extras.join(',')}]`
  if (range === '*') return named
  return /^[a-z]/i.test(range) ? `${named} @ ${range}` : `${named}${range}`
}

/** `black>=24`, `black[jupyter]`, `tool @ git+https://…`; `black@24` as for npm. */
function split(text: string): readonly [string, string] {
  const [, key = text, range = ''] = /^\s*([\w.-]+\s*(?:\[[^\]]*\])?)\s*(.*)$/s.exec(text) ?? []
  const bare = range.replace(/^@\s*/, '').trim()
  return [key.replaceAll(/\s/g, ''), bare === '' ? '*' : bare]
}

/** A project by another name, because no project may depend on itself; without a build system, so nothing of its own is installed. */
function manifestText(request: ToolRequest): string {
  return [
    '[project]',
    `name = "lock2build-${request.name}"`,
    'version = "0"',
    'requires-python = ">=3.9"',
    `dependencies = [${JSON.stringify(requirementText(request))}]`,
    '',
  ].join('\n')
}
