/** The real package managers of Python, from the index, and how each is asked to install exactly what its lock file says. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { hostPython } from './python-prefix.ts'

export interface PythonTool {
  /** How the table calls it. */
  readonly name: string
  /** What pip is asked for, exactly. */
  readonly packages: readonly string[]
  /** Run as `python -m`. */
  readonly module: string
  /** Installs what the lock file says, without the project itself, into the environment VIRTUAL_ENV. */
  readonly install: (environment: string) => readonly string[]
  /** Makes the lock file anew, in the working directory. */
  readonly lock: readonly string[]
  readonly lockFile: string
  readonly variables?: (environment: string) => Readonly<Record<string, string>>
  /** A Python that it still runs on; the one of the tests unless given. For old releases, which only lock. */
  readonly python?: string
}

const uvVariables = (environment: string) => ({
  UV_PROJECT_ENVIRONMENT: environment,
  UV_PYTHON: join(environment, 'bin/python'),
  UV_PYTHON_DOWNLOADS: 'never',
  UV_LINK_MODE: 'copy',
  UV_CACHE_DIR: keptDirectory('python-cache-uv'),
})

const poetryInstall = () => ['sync', '--no-interaction', '--no-root']
const poetryVariables = () => ({
  POETRY_CACHE_DIR: keptDirectory('python-cache-poetry'),
  POETRY_KEYRING_ENABLED: 'false',
})
const poetry = {
  module: 'poetry',
  install: poetryInstall,
  lock: ['lock', '--no-interaction'],
  lockFile: 'poetry.lock',
  variables: poetryVariables,
}

export const uv: PythonTool = {
  name: 'uv 0.13.9',
  packages: ['uv==0.13.9'],
  module: 'uv',
  install: () => ['sync', '--frozen', '--no-install-project', '--no-editable'],
  lock: ['lock'],
  lockFile: 'uv.lock',
  variables: uvVariables,
}

/** The same, for pylock.toml. */
export const uvPylock: PythonTool = {
  ...uv,
  install: () => ['pip', 'sync', 'pylock.toml'],
  lock: ['pip', 'compile', '--universal', '--generate-hashes', '-o', 'pylock.toml', 'pyproject.toml'],
  lockFile: 'pylock.toml',
}

/** Reads what every Poetry since 1.0 wrote. */
export const poetry2: PythonTool = { ...poetry, name: 'Poetry 2.5.1', packages: ['poetry==2.5.1'] }

/** These two only lock: what they install with is not what anybody has today. */
export const poetry18: PythonTool = { ...poetry, name: 'Poetry 1.8.5', packages: ['poetry==1.8.5'] }
export const poetry11: PythonTool = {
  ...poetry,
  name: 'Poetry 1.1.15',
  packages: ['poetry==1.1.15'],
  python: 'python3.9',
}

export const pdm: PythonTool = {
  name: 'PDM 2.29.3',
  packages: ['pdm==2.29.3', 'unearth==0.18.3', 'hishel[httpx]==1.1.7'],
  module: 'pdm',
  install: () => ['sync', '--no-self', '--no-editable'],
  lock: ['lock'],
  lockFile: 'pdm.lock',
  variables: () => ({
    PDM_CHECK_UPDATE: 'false',
    PDM_CACHE_DIR: keptDirectory('python-cache-pdm'),
    PDM_IGNORE_SAVED_PYTHON: '1',
  }),
}

export const pip: PythonTool = {
  name: 'pip 26.3',
  packages: ['pip==26.3'],
  module: 'pip',
  install: (environment) => [
    '--python',
    join(environment, 'bin/python'),
    'install',
    '--no-compile',
    '--no-deps',
    '--require-hashes',
    '-r',
    'requirements.txt',
  ],
  lock: [],
  lockFile: 'requirements.txt',
}

export const pipTools: PythonTool = {
  ...pip,
  name: 'pip-tools',
  packages: ['pip-tools==7.6.2'],
  module: 'piptools',
  lock: ['compile', '--generate-hashes', '--strip-extras', '-o', 'requirements.txt', 'requirements.in'],
}

export const pipenv: PythonTool = {
  name: 'Pipenv 2026.10.3',
  packages: ['pipenv==2026.10.3'],
  module: 'pipenv',
  install: () => ['sync'],
  lock: ['lock'],
  lockFile: 'Pipfile.lock',
  variables: () => ({ PIPENV_CACHE_DIR: keptDirectory('python-cache-pip'), PIPENV_NOSPIN: '1', PIPENV_YES: '1' }),
}

/** Installs what has programs, each into an environment of its own. */
export const pipx: PythonTool = {
  ...pip,
  name: 'pipx 1.18.4',
  packages: ['pipx==1.18.4'],
  module: 'pipx',
}

/** An environment for it to install into: as Python makes them, and nothing in it. */
export function makeEnvironment(folder: string): void {
  execFileSync(join(hostPython().prefix, 'bin/python3'), ['-m', 'venv', '--without-pip', folder])
}

export interface ToolRun {
  readonly folder: string
  readonly environment: string
  readonly variables?: Readonly<Record<string, string>> | undefined
}

/** Throws with what it said. */
export function runPythonTool(tool: PythonTool, words: readonly string[], run: ToolRun): Promise<string> {
  const { folder, environment } = run
  const settings = /^(?:PIP|UV|POETRY|PDM|PIPENV|PYTHON|PYENV)_?|^VIRTUAL_ENV$/
  const own = Object.entries(process.env).filter(([name]) => !settings.test(name) || name === 'PIP_CERT')
  const env = {
    ...Object.fromEntries(own),
    VIRTUAL_ENV: environment,
    PATH: `${join(environment, 'bin')}:${process.env['PATH'] ?? ''}`,
    PIP_CACHE_DIR: keptDirectory('python-cache-pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...tool.variables?.(environment),
    ...run.variables,
  }
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }
    execFile(toolPython(tool), ['-m', tool.module, ...words], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      reject(
        new Error(
          `${tool.name} ${words.join(' ')}: exit ${error.code}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`,
        ),
      )
    })
  })
}

/** Installed once, kept for the next run. */
export function toolPython({ packages, python = join(hostPython().prefix, 'bin/python3') }: PythonTool): string {
  const name = packages.join('+').replaceAll('==', '-')
  const folder = join(keptDirectory('python-tools'), name)
  const program = join(folder, 'bin/python')
  if (existsSync(program)) return program
  const draft = mkdtempSync(`${folder}.`)
  execFileSync(python, ['-m', 'venv', draft])
  execFileSync(join(draft, 'bin/python'), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages])
  try {
    renameSync(draft, folder)
  } catch {
    rmSync(draft, { recursive: true }) // another test file was faster
  }
  return program
}
