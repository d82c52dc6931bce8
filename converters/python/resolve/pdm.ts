/** pdm.lock by PDM itself. https://pdm-project.org/en/latest/reference/cli/#lock */
import type { Resolution, Resolve, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { openTool, type LockRun, type ProjectTool } from '../../../src/resolve/project-tool.ts'
import { readPdmProject } from '../pdm/pdm-project.ts'
import { findManifest } from '../readers/pyproject.ts'
import { normalizeName } from '../standards/name.ts'

const LOCK = 'pdm.lock'

export const resolveWithPdm: Resolve = async (request, world) => {
  const { update } = request
  const pdm = await openPdm(request, world)
  if (update !== undefined && update !== 'all') return updateNames(update, request, pdm)
  const remove = update === 'all' ? [LOCK] : []
  return pdm.lock({ ...runOf(request, ['lock', '--update-reuse']), read: [LOCK], remove })
}

/** PDM looks for names in one group at a time: one run after the other, in the same copy. */
async function updateNames(names: readonly string[], request: ResolveRequest, pdm: ProjectTool): Promise<Resolution> {
  const run = (more: readonly string[]) =>
    pdm.lock({ ...runOf(request, ['update', '--no-sync', '--update-reuse', ...more]), read: [LOCK] })
  const [first = [], ...others] = wordsByGroup(names, request.files)
  let made = await run(first)
  for (const more of others) made = await run(more)
  return made
}

function openPdm(request: ResolveRequest, world: ResolveWorld): Promise<ProjectTool> {
  const program = world.findProgram('pdm')
  const command = program === undefined ? undefined : ([program] as const)
  return openTool({ name: 'PDM', command, get: 'pipx install pdm', environment }, request, world)
}

function runOf({ registry, before }: ResolveRequest, words: readonly string[]): Omit<LockRun, 'read'> {
  const cutoff = before === undefined ? [] : ['--exclude-newer', before.toISOString()]
  const args = ['--non-interactive', ...words, ...cutoff]
  return {
    args,
    louder: { unclear: /Unable to find candidates for/, args: [...args, '-v'], tell },
    ...(registry === undefined ? {} : { environment: { PDM_PYPI_URL: registry } }),
  }
}

/** What its indexes answer. */
function tell(output: string): readonly string[] {
  return output.split('\n').flatMap((line) => /Failed to collect links from .*/.exec(line.trimEnd())?.[0] ?? [])
}

/** What the project does not ask for itself is found from any group. */
function wordsByGroup(names: readonly string[], files: ProjectFiles): readonly (readonly string[])[] {
  const groups = groupsOf(files)
  const groupOf = (name: string) => groups.get(normalizeName(name)) ?? ''
  return [...new Set(names.map(groupOf))].map((group) => {
    const some = names.filter((name) => groupOf(name) === group)
    return group === '' ? some : ['--group', group, ...some]
  })
}

/** Name → extra or dependency group; '' for the project's main dependencies, which come first. */
function groupsOf(files: ProjectFiles): ReadonlyMap<string, string> {
  const groups = new Map<string, string>()
  const manifest = findManifest(files, '')
  const asks = manifest === undefined ? [] : readPdmProject(manifest).asks
  for (const { name, group = '' } of asks) {
    groups.set(name, groups.get(name) ?? group.replace(/^extra:/, ''))
  }
  return groups
}

/** No environment is made for the copy, and the Python that was chosen for another is not looked for. */
const environment = {
  PDM_CHECK_UPDATE: '0',
  PDM_USE_VENV: 'false',
  PDM_IGNORE_SAVED_PYTHON: '1',
  PDM_FROZEN_LOCKFILE: undefined,
}
