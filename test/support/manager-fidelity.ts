/**
 * One project three ways: the frozen install of its own package manager, `nodeModules.pristine` by Nix with the network cut, and
 * `nodeModules` by the embedded builder. Projects are those of test/fidelity-projects; the lock files, and what else a package
 * manager needs (workspace files, settings), stand in test/fidelity-locks/<locks>/<project>.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TreeComparison, TreeException } from './fidelity-compare.ts'
import { buildEmbedded, narOf } from './fidelity-embedded.ts'
import type { Builders } from './fidelity-run.ts'
import {
  buildWithNix,
  compareWithNpm,
  convert,
  countPlaces,
  findModules,
  removeProject,
  runProgram,
  type Project,
} from './fidelity.ts'
import type { NixStore } from './nix.ts'
import { nodeOf, runTool, type PackageManagerTool } from './package-managers.ts'
import { timed } from './run-words.ts'

const projects = fileURLToPath(new URL('../fidelity-projects', import.meta.url))
const locks = fileURLToPath(new URL('../fidelity-locks', import.meta.url))

export interface ManagedCase {
  /** A folder of test/fidelity-projects, or one of test/fidelity-locks that has everything itself. */
  readonly project: string
  readonly about: string
  /** Beside those of the package manager. */
  readonly exceptions?: readonly TreeException[]
  /** A program of the finished tree, and what it prints. */
  readonly use?: { readonly program: string; readonly prints: string }
  /** The project is an application, built by Nix with its own script: a text that is in some file of a folder of the result. */
  readonly application?: { readonly folder: string; readonly holds: string }
  /** Tools that cannot have it, and why. */
  readonly not?: Readonly<Record<string, string>>
}

export interface ManagedResult {
  readonly packages: number
  readonly comparison: TreeComparison
  readonly trees: { readonly nix: string; readonly embedded: string }
  readonly printed: string | undefined
  /** Whether the application is as it should be. */
  readonly works: boolean
  /** Seconds of wall time. */
  readonly seconds: {
    readonly manager: number
    readonly convert: number
    readonly nix: number
    readonly embedded: number
    readonly application: number
  }
}

/** Projects that a tool has lock files for, sorted. */
export function lockedProjects(tool: PackageManagerTool): readonly string[] {
  const folder = join(locks, tool.locks)
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** A copy of a project with the lock file of one package manager in it, and no other. `isNew`: the lock file is about to be made. */
export function copyManaged(tool: PackageManagerTool, project: string, { isNew = false } = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), `managed-${tool.name}-`))
  const own = join(projects, project)
  const filter = (path: string): boolean => basename(path) !== 'package-lock.json'
  if (existsSync(own)) cpSync(own, folder, { recursive: true, filter })
  const locked = join(locks, tool.locks, project)
  if (existsSync(locked)) cpSync(locked, folder, { recursive: true })
  else if (!isNew) throw new Error(`test/fidelity-locks/${tool.locks} has nothing for ${project}`)
  for (const [file, text] of Object.entries(tool.settings ?? {})) setIn(join(folder, file), text)
  // One lock file serves several releases of pnpm and of Bun, whose trees differ.
  if (/^(?:pnpm|bun)@/.test(tool.archive)) namePackageManager(folder, tool.archive)
  return { folder }
}

/** Puts a setting into a file, in place of the line that sets the same, if there is one. */
function setIn(file: string, setting: string): void {
  const [key = ''] = setting.split(/[:=]/)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  writeFileSync(file, [setting, ...lines.filter((line) => !line.startsWith(key))].join('\n'))
}

function namePackageManager(folder: string, packageManager: string): void {
  const file = join(folder, 'package.json')
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify({ ...manifest, packageManager }, null, 2)}\n`)
}

/** Throws when the package manager, lock2build or Nix fails; differences are in the result. */
export async function runManaged(
  tool: PackageManagerTool,
  one: ManagedCase,
  { store, embedded }: Builders,
  args: readonly string[] = [],
): Promise<ManagedResult> {
  const reference = copyManaged(tool, one.project)
  const project = copyManaged(tool, one.project)
  const seconds = { manager: 0, convert: 0, nix: 0, embedded: 0, application: 0 }
  try {
    await timed(seconds, 'manager', () => runTool(tool, reference, tool.install))
    const { part } = await timed(seconds, 'convert', () => convert(project, args))
    const result = await timed(seconds, 'nix', () => buildWithNix(store, project, part))
    const attribute = 'nodeModules'
    const again = await timed(seconds, 'embedded', () =>
      buildEmbedded(embedded.program, project, { cache: embedded.cache, attribute, node: nodeOf(tool) }),
    )
    return {
      packages: countPlaces(part, { production: false }),
      comparison: compareWithNpm({
        reference: reference.folder,
        modules: findModules(reference.folder),
        result,
        exceptions: [...tool.exceptions, ...(one.exceptions ?? [])],
      }),
      trees: { nix: await narOf(result), embedded: await narOf(again) },
      works: await timed(seconds, 'application', () => buildsApplication(store, project, one)),
      printed: one.use === undefined ? undefined : await runProgram(one.use.program, result, nodeOf(tool)),
      seconds,
    }
  } finally {
    for (const each of [reference, project]) removeProject(each)
  }
}

async function buildsApplication(store: NixStore, { folder }: Project, { application }: ManagedCase): Promise<boolean> {
  if (application === undefined) return true
  const result = join(await store.build(folder, 'package', { cwd: folder }), application.folder)
  const files = readdirSync(result, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.some(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').includes(application.holds))
}
