/**
 * The node part of the spec as typed values. It is what our own tool wrote, and large: its members are looked at, and not copied.
 * Whatever is not of the shape that is written today is reported without ceremony.
 */
import type { SpecSource } from '../../../../src/spec/build-spec.ts'
import { isManagerName } from '../../node-plan.ts'
import type { LocalPlan, ManagerPlan, NodePlan, PlacePlan } from '../../node-plan.ts'
import { fail } from './failure.ts'
import { isRecord, loadRecord, recordAt, textAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'

export interface NodeSpec {
  readonly name: string
  readonly version: string | undefined
  readonly sources: Readonly<Record<string, SpecSource>>
  readonly plan: NodePlan
}

/** Reads spec.json and takes its node part. */
export function loadNodeSpec(file: string): NodeSpec {
  const spec = loadRecord(file)
  if (spec['lock2build'] !== 1) fail(`${file} is not a spec of this version: run lock2build again.`)
  return readNodePart(recordAt(recordAt(spec, 'ecosystems'), 'node'))
}

export function readNodePart(part: JsonRecord): NodeSpec {
  const project = recordAt(part, 'project')
  const [sources, plan] = [part['sources'] ?? {}, part['plan']]
  if (!isEach(sources, isSource) || !isPlan(plan))
    fail('spec.json is not what lock2build writes: run lock2build again.')
  return { name: textAt(project, 'name') ?? '', version: textAt(project, 'version'), sources, plan }
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isTrue: Check = (value) => value === true
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isTextByName: Check = (value) => isEach(value, (each): each is string => typeof each === 'string')
const oneOf =
  (...texts: readonly unknown[]): Check =>
  (value) =>
    texts.includes(value)

/** By the key of an optional member, what it must be; the type holds the table to the plan's own. */
type Shape<T> = { readonly [K in keyof Required<T>]: Check }
type Checks = ReadonlyMap<string, Check>

function shape<T>(checks: Shape<T>): Checks {
  return new Map(Object.entries<Check>(checks))
}

/** What no table names is not for this shim. */
function fits(value: unknown, checks: Checks): boolean {
  if (!isRecord(value)) return false
  for (const key in value) if (checks.get(key)?.(value[key]) === false) return false
  return true
}

function isEach<T>(value: unknown, is: (each: unknown) => each is T): value is Readonly<Record<string, T>> {
  if (!isRecord(value)) return false
  for (const key in value) if (!is(value[key])) return false
  return true
}

const flags: readonly unknown[] = ['dev', 'optional', 'devOptional', 'peer']
const placeShape = shape<PlacePlan>({
  source: isText,
  link: isText,
  copy: isText,
  bundled: isTrue,
  flags: (value) => Array.isArray(value) && value.every((flag) => flags.includes(flag)),
  systems: isTexts,
  unneeded: isTexts,
  engines: isTextByName,
  takes: isTexts,
  scripts: isTrue,
  resolved: isText,
  from: isText,
  patches: isTexts,
  native: isTrue,
  peers: isTexts,
})
const localShape = shape<LocalPlan>({ name: isText, version: isText, workspace: isTrue, needs: isTexts })
const sourceShape: Checks = new Map<string, Check>([
  ['name', isText],
  ['urls', isTexts],
  ['git', isText],
  ['rev', isText],
  ['path', isText],
  ['hash', isText],
  ['claim', isText],
  ['subdir', isText],
])
const runsShape: Checks = new Map<string, Check>([
  ['run', oneOf('none', 'only', 'but')],
  ['packages', isTexts],
])
const managerShape = shape<ManagerPlan>({
  name: (value) => typeof value === 'string' && isManagerName(value),
  version: isText,
  source: isText,
  binaries: isTextByName,
  program: isText,
  installs: isTrue,
  buildsLater: isTrue,
  runs: (value) => fits(value, runsShape) && isRecord(value) && (value['run'] === 'none' || 'packages' in value),
  files: isTexts,
  directories: isTexts,
  settings: isTexts,
})
const planShape = shape<NodePlan>({
  places: (value) => isEach(value, isPlace),
  local: (value) => isEach(value, isLocal),
  conditions: oneOf('from-manifests'),
  scripts: oneOf('from-manifests'),
  manager: (value) => fits(value, managerShape) && isRecord(value) && isText(value['name']) && isText(value['version']),
  legacyPeerDeps: isTrue,
})

function isPlan(value: unknown): value is NodePlan {
  return fits(value, planShape) && isRecord(value) && isRecord(value['places']) && isRecord(value['local'])
}

function isPlace(value: unknown): value is PlacePlan {
  return fits(value, placeShape)
}

function isLocal(value: unknown): value is LocalPlan {
  return fits(value, localShape)
}

function isSource(value: unknown): value is SpecSource {
  if (!fits(value, sourceShape) || !isRecord(value) || !('name' in value)) return false
  return 'path' in value || ('hash' in value && ('urls' in value || ('git' in value && 'rev' in value)))
}
