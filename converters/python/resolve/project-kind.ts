/** What a Python project without a lock file says its requirements in, and which tool it asks for. */
import type { ResolverProject } from '../../../src/model/resolver.ts'
import { fail, ProblemError, shown } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { findManifest } from '../readers/pyproject.ts'
import { requirements } from '../readers/requirements/requirements.ts'
import { findScriptBlock } from './script-block.ts'

export type ToolWord = 'uv' | 'poetry' | 'pdm'

/** The tool that a project is configured for, or was locked by before. */
export interface Asked {
  readonly tool: ToolWord
  readonly why: string
}

export type ProjectKind =
  | {
      readonly kind: 'pyproject'
      readonly asks: Asked | undefined
      /** The tool whose build backend it has: others can lock it, too. */
      readonly builtBy: ToolWord | undefined
    }
  | { readonly kind: 'pipfile' }
  /** requirements.in, of which requirements.txt is made. */
  | { readonly kind: 'compiled' }
  /** setup.py or setup.cfg, and requirements.txt, as far as they are there; or a pyproject.toml that goes with a pylock.toml. */
  | { readonly kind: 'files'; readonly files: readonly [string, ...string[]] }
  /** A script with inline metadata (PEP 723). */
  | { readonly kind: 'script'; readonly file: string }

/** undefined: it is none, or what stands there is a lock file. Throws what is wrong with pyproject.toml, and `lock-ambiguous`. */
export function findKind({ files, fileNames }: Pick<ResolverProject, 'files' | 'fileNames'>): ProjectKind | undefined {
  const names = fileNames()
  const has = (name: string) => names.includes(name)
  const manifest = has('pyproject.toml') ? findManifest(files, '') : undefined
  const kind = manifest === undefined ? undefined : readPyproject(manifest.fields, has)
  if (kind !== undefined) return kind
  if (has('Pipfile')) return { kind: 'pipfile' }
  if (has('requirements.in')) return { kind: 'compiled' }
  const isOpen = has('requirements.txt') && !isLocked(files)
  if (has('requirements.txt') && !isOpen) return undefined
  const setup = ['setup.py', 'setup.cfg'].filter(has).slice(0, 1)
  const [first, ...rest] = [...setup, ...(isOpen ? ['requirements.txt'] : [])]
  if (first !== undefined) return { kind: 'files', files: [first, ...rest] }
  return findScript(names, files)
}

function readPyproject(fields: Fields, has: (name: string) => boolean): ProjectKind | undefined {
  const tool = fields.object('tool')
  const isStandard = fields.raw('project') !== undefined
  // The top of uv's workspace need not be a project itself.
  const isWorkspace = tool?.object('uv')?.raw('workspace') !== undefined
  if (!isStandard && !isWorkspace && tool?.raw('poetry') === undefined) return undefined
  const asks = findLocker(has) ?? findTable(tool, isStandard)
  if (isStandard && asks === undefined && has('pylock.toml')) return { kind: 'files', files: ['pyproject.toml'] }
  const backend = fields.object('build-system')?.text('build-backend') ?? ''
  return { kind: 'pyproject', asks, builtBy: backends.find(([pattern]) => pattern.test(backend))?.[1] }
}

/** A project that was locked before stays with who locked it. */
function findLocker(has: (name: string) => boolean): Asked | undefined {
  const tool = (['uv', 'poetry', 'pdm'] as const).find((name) => has(`${name}.lock`))
  return tool && { tool, why: `there is ${tool}.lock` }
}

/** Tables of several may stand side by side: what Poetry's says of dependencies can be read by Poetry alone. */
function findTable(tool: Fields | undefined, isStandard: boolean): Asked | undefined {
  const poetry = tool?.object('poetry')
  const isPoetry = poetry !== undefined && (!isStandard || poetry.raw('dependencies') !== undefined)
  const found = isPoetry ? 'poetry' : (['uv', 'pdm', 'poetry'] as const).find((name) => tool?.raw(name) !== undefined)
  return found && { tool: found, why: `pyproject.toml has [tool.${found}]` }
}

const backends: readonly (readonly [RegExp, ToolWord])[] = [
  [/^uv_build\b/, 'uv'],
  [/^poetry[._]/, 'poetry'],
  [/^pdm[._]/, 'pdm'],
]

/** One version and its digests for each. Versions alone may be all there is to it, or only what the project itself asks for. */
function isLocked(files: ResolverProject['files']): boolean {
  try {
    const { warnings } = requirements.read({ file: 'requirements.txt', files, userConfig: [], environment: {} })
    return !warnings.some(({ code }) => code === 'integrity-missing')
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return !error.problems.some(({ code }) => code === 'integrity-missing' || code === 'lock-inconsistent')
  }
}

function findScript(names: readonly string[], files: ResolverProject['files']): ProjectKind | undefined {
  const scripts = names.filter((name) => name.endsWith('.py') && findScriptBlock(files.find(name) ?? '') !== undefined)
  const [file, second] = scripts
  if (file === undefined) return undefined
  if (second === undefined) return { kind: 'script', file }
  return fail({
    code: 'lock-ambiguous',
    message: `${scripts.map((name) => shown(name)).join(' and ')} each say what they need: a lock file is for one`,
    hint: 'put each into a directory of its own',
  })
}
