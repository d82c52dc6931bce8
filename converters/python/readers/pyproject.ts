/**
 * pyproject.toml as the standards have it: `[project]` (PEP 621), `[dependency-groups]` (PEP 735), `[build-system]` (PEP 518).
 * https://packaging.python.org/en/latest/specifications/pyproject-toml/
 */
import type { BuildSystem, PythonProject } from '../../../src/model/python.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { shown } from '../../../src/problem.ts'
import { Fields, rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { isName, normalizeName } from '../standards/name.ts'
import { readAsks, type Ask } from './ask.ts'
import { readGroups } from './dependency-groups.ts'
import { checkRequirement, readSpecifiers } from './packages.ts'

export interface Manifest {
  readonly file: string
  /** The whole file. */
  readonly fields: Fields
  /** Of `[project]`; of other tables only what the standards define. */
  readonly project: PythonProject
  /** `requires-python`. */
  readonly requires?: string | undefined
  /** Main dependencies, extras (`extra:name`) and groups. */
  readonly asks: readonly Ask[]
  /** Keys that a build backend fills in. */
  readonly dynamic: readonly string[]
}

/**
 * Of a directory of the project; undefined when there is no such file. Throws every problem of it at once. Several ask for it (the
 * reader, its check, each local project), and it is read once: what one of them finds wrong in it ends the run.
 */
export function findManifest(files: ProjectFiles, directory: string): Manifest | undefined {
  const file = directory === '' ? 'pyproject.toml' : `${directory}/pyproject.toml`
  const text = files.find(file)
  if (text === undefined) return undefined
  const read = manifestsOf.get(files) ?? new Map<string, ReadFile>()
  manifestsOf.set(files, read)
  const known = read.get(file)
  if (known?.text === text) return known.manifest
  const document = parseToml(text, { file, purpose: 'manifest' })
  const fields = rootFields(document)
  const manifest = fields === undefined ? undefined : readManifest(file, fields)
  document.failIfAny()
  read.set(file, { text, manifest })
  return manifest
}

interface ReadFile {
  readonly text: string
  readonly manifest: Manifest | undefined
}

const manifestsOf = new WeakMap<ProjectFiles, Map<string, ReadFile>>()

function readManifest(file: string, fields: Fields): Manifest {
  const project = fields.object('project') ?? new Fields(fields.document, {}, fields, 'project')
  const extras = project.object('optional-dependencies')
  const groups = readGroups(fields)
  return {
    file,
    fields,
    project: {
      ...readIdentity(project),
      build: readBuildSystem(fields),
      groups: [...groups.names].sort(),
      extras: [...new Set((extras?.keys() ?? []).map(normalizeName))].sort(),
      defaultGroups: [],
      ...readScripts(project, 'scripts', 'scripts'),
      ...readScripts(project, 'gui-scripts', 'guiScripts'),
    },
    requires: readSpecifiers(project, 'requires-python'),
    asks: [
      ...readAsks(project, 'dependencies'),
      ...(extras?.keys() ?? []).flatMap((extra) =>
        extras === undefined ? [] : readAsks(extras, extra, `extra:${normalizeName(extra)}`),
      ),
      ...groups.asks,
    ],
    dynamic: project.texts('dynamic') ?? [],
  }
}

function readIdentity(project: Fields): Pick<PythonProject, 'name' | 'version'> {
  const name = project.text('name')
  if (name !== undefined && !isName(name)) {
    project.addProblem('name-invalid', `${shown(name)} is not a name of a Python package`, { key: 'name' })
    return {}
  }
  const version = project.text('version')
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) }
}

/** `[build-system]` of a whole file. */
export function readBuildSystem(fields: Fields): BuildSystem | undefined {
  const table = fields.object('build-system')
  if (table === undefined) return undefined
  const backend = table.text('build-backend')
  const backendPath = table.texts('backend-path')
  const isReadable = (text: string) => checkRequirement(text, table, 'requires') !== undefined
  return {
    requires: (table.texts('requires') ?? []).filter(isReadable),
    ...(backend === undefined ? {} : { backend }),
    ...(backendPath === undefined ? {} : { backendPath }),
  }
}

/** Commands become files beside each other, and what they call becomes code: nothing else is let through. */
function readScripts<K extends 'scripts' | 'guiScripts'>(
  project: Fields,
  key: string,
  as: K,
): { readonly [P in K]?: Readonly<Record<string, string>> } {
  const table = project.object(key)
  if (table === undefined) return {}
  const scripts: Record<string, string> = {}
  table.forEachText((name, target) => {
    const checked = checkScript(table, name, target)
    if (checked !== undefined) scripts[name] = checked
  })
  const found: { [P in K]?: Readonly<Record<string, string>> } = {}
  found[as] = scripts
  return found
}

/** `module:object` without the extras that may stand behind it; a problem and undefined when name or target are not such. */
export function checkScript(table: Fields, name: string, target: string): string | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    table.addProblem('name-invalid', `${shown(name)} cannot be the name of a command`, { key: name })
    return undefined
  }
  const [, object] = /^\s*([A-Za-z_][\w.]*\s*(?::\s*[A-Za-z_][\w.]*)?)\s*(?:\[[\w\s,.-]*\])?\s*$/.exec(target) ?? []
  if (object === undefined) {
    table.addProblem(table.document.codes.type, `${shown(target)} is not "module:object"`, { key: name })
  }
  return object?.replace(/\s+/g, '')
}
