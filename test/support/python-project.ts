/** Small Python projects for tests: wheels and source archives made here or had from the index, and a spec over them. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import type { PackagePlan, ProjectPlan, PythonPlan } from '../../converters/python/python-plan.ts'
import { emitNix } from '../../src/emit/nix.ts'
import type { BuildSpec, SpecSource } from '../../src/spec/build-spec.ts'
import { bundledAssets } from './python-assets.ts'
import { hostPython } from './python-prefix.ts'

export interface IndexFile {
  /** PEP 503. */
  readonly name: string
  readonly version: string
  readonly file: string
  readonly bytes: Uint8Array
}

/** Files that pip chooses for the host's Python and these requirements; kept for the next run. `sdists`: source archives instead. */
export function indexFiles(
  requirements: readonly string[],
  kind: 'wheels' | 'sdists' = 'wheels',
): readonly IndexFile[] {
  const { prefix, version } = hostPython()
  const name = createHash('sha256')
    .update(JSON.stringify([requirements, kind, version]))
    .digest('hex')
    .slice(0, 16)
  const folder = join(keptDirectory('python-files'), name)
  if (!existsSync(folder)) {
    const draft = mkdtempSync(`${folder}.`)
    const which = kind === 'wheels' ? ['--only-binary', ':all:'] : ['--no-binary', ':all:', '--no-deps']
    const args = ['-m', 'pip', 'download', '-q', '--disable-pip-version-check', '-d', draft, ...which, ...requirements]
    execFileSync(pipPython(prefix), args, { stdio: 'pipe' })
    renameSync(draft, folder)
  }
  return readdirSync(folder)
    .sort()
    .map((file) => ({ ...parseName(file), file, bytes: readFileSync(join(folder, file)) }))
}

/** A Python that has pip: in an environment of its own, kept. */
export function pipPython(prefix: string): string {
  const folder = join(keptDirectory('pythons'), `pip-${createHash('sha256').update(prefix).digest('hex').slice(0, 12)}`)
  const program = join(folder, 'bin/python')
  if (!existsSync(program)) execFileSync('python3', ['-m', 'venv', folder], { stdio: 'pipe' })
  return program
}

function parseName(file: string): Pick<IndexFile, 'name' | 'version'> {
  const stem = file.replace(/\.(?:whl|tar\.gz|zip)$/, '')
  const [, name = '', version = ''] = (file.endsWith('.whl') ? /^([^-]+)-([^-]+)/ : /^(.+)-([^-]+)$/).exec(stem) ?? []
  return { name: name.replaceAll(/[-_.]+/g, '-').toLowerCase(), version }
}

export interface PythonProjectRequest {
  readonly system: string
  /** Wheels and source archives; each package belongs to `main` unless `wanted` says otherwise. */
  readonly files: readonly IndexFile[]
  readonly wanted?: Readonly<Record<string, PackagePlan['for']>>
  /** What builds those files that are source archives, by package name. */
  readonly builds?: Readonly<Record<string, PackagePlan['build']>>
  readonly project?: Partial<ProjectPlan>
  /** Further packages by id: directories of the project. */
  readonly packages?: Readonly<Record<string, PackagePlan>>
  /** Variables of the builds of its directories. */
  readonly env?: Readonly<Record<string, string>>
  /** Files of the project by path. */
  readonly tree?: Readonly<Record<string, string>>
}

export interface WrittenPythonProject {
  readonly folder: string
  readonly spec: BuildSpec
  /** For a store: named as the spec names them. */
  readonly archives: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  remove(): void
}

/** A project as lock2build leaves it, with a spec for one system and the host's Python. URLs lead nowhere. */
export async function writePythonProject(request: PythonProjectRequest): Promise<WrittenPythonProject> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-python-'))
  const spec = specOf(request)
  const files = emitNix({ spec, assets: await bundledAssets(), flake: false })
  const all = [...files.map(({ path, text }) => [path, text] as const), ...Object.entries(request.tree ?? {})]
  for (const [path, text] of all) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return {
    folder,
    spec,
    archives: request.files.map(({ file, bytes }) => ({ name: file, bytes })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function specOf(request: PythonProjectRequest): BuildSpec {
  const { files, wanted = {}, builds = {}, project = {} } = request
  const target = `${request.system}/${hostPython().version}`
  const keyOf = ({ name, version, file }: IndexFile) => `${name}@${version}/${file}`
  const packages = files.map((each): [string, PackagePlan] => {
    const build = builds[each.name]
    const { name, version } = each
    const common = { name, version, files: { [keyOf(each)]: 'all' as const }, for: wanted[name] ?? { main: 'all' } }
    return [`${name}@${version}`, build === undefined ? common : { ...common, build }]
  })
  const plan: PythonPlan = {
    targets: [target],
    projects: { '': { name: 'app', version: '1.0', groups: [], extras: [], defaultGroups: [], ...project } },
    packages: { ...Object.fromEntries(packages), ...request.packages },
  }
  return {
    lock2build: 1,
    systems: [request.system],
    ecosystems: {
      python: {
        project: { name: 'app', version: '1.0' },
        lock: { file: 'uv.lock', format: 'uv-lock', version: '1' },
        omit: [],
        ...(request.env === undefined ? {} : { env: request.env }),
        sources: Object.fromEntries(files.map((each) => [keyOf(each), sourceOf(each)])),
        plan,
      },
    },
  }
}

function sourceOf({ file, bytes }: IndexFile): SpecSource {
  const hash = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  return { name: file, urls: [`http://127.0.0.1:9/${file}`], hash }
}
