/** Python projects whose packages this machine serves: the lock file, which names the port, is made when the comparison runs. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startGit } from './loopback-git.ts'
import { packArchive } from './python-archive.ts'
import { makeEnvironment, runPythonTool, type PythonTool } from './python-tools.ts'

export interface ServedPython {
  /** The project, with its lock file. */
  readonly folder: string
  /** For the package manager, and for lock2build. */
  readonly variables: Readonly<Record<string, string>>
  /** By file name: archives that Nix is given, which has no password, or no network. */
  readonly archives: ReadonlyMap<string, Uint8Array>
  /** Set when Nix itself fetches (git). */
  readonly network?: 'open'
  /** Text that must be in no file that lock2build writes. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** Commits of git, an archive's URL, directories and an archive of the project; some of them editable. */
export async function gitAndUrl(tool: PythonTool): Promise<ServedPython> {
  const git = await startGit()
  await git.commit('by-git', { 'sub/pyproject.toml': manifest('by-git'), 'sub/by_git.py': "it = 'git'\n" })
  await git.commit('develop-git', { 'pyproject.toml': manifest('develop-git'), 'develop_git.py': "it = 'develop'\n" })
  const files = makeArchives([
    ['by-url', 'wheel', "it = 'url'\n"],
    ['by-file', 'sdist', "it = 'file'\n"],
  ])
  const index = await startIndex(files)
  const places = {
    git: git.httpUrl('by-git'),
    develop: git.httpUrl('develop-git'),
    url: `${index.url}/files/by_url-1.0-py3-none-any.whl`,
  }
  const folder = writeProject({
    'pyproject.toml': poetrySources(places),
    'libs/path/pyproject.toml': manifest('by-path'),
    'libs/path/by_path.py': "it = 'path'\n",
    'libs/develop/pyproject.toml': manifest('develop-path'),
    'libs/develop/develop_path.py': "it = 'develop'\n",
    'libs/poetry/pyproject.toml': POETRY_PACKAGE,
    'libs/poetry/src/develop_poetry.py': "def it():\n    print('develop')\n",
    'archives/by_file-1.0.tar.gz': files.get('by_file-1.0.tar.gz') ?? new Uint8Array(),
  })
  await lock(tool, folder, {})
  return {
    folder,
    variables: {},
    archives: files,
    network: 'open',
    secrets: [],
    close: async () => {
      await Promise.all([git.close(), index.close()])
    },
  }
}

const PASSWORD = 'FidelityFidelityFidelity'

/** Of two packages, one needs the other. The password comes from the environment. */
export async function privateIndex(tool: PythonTool): Promise<ServedPython> {
  const files = makeArchives([
    ['hidden', 'wheel', 'from hidden_core import it\n', 'hidden-core'],
    ['hidden-core', 'sdist', "it = 'hidden'\n"],
  ])
  const index = await startIndex(files, `reader:${PASSWORD}`)
  const folder = writeProject({
    'pyproject.toml': `${project(['hidden'])}
[tool.uv.sources]
hidden = { index = "private" }
hidden-core = { index = "private" }
[[tool.uv.index]]
name = "private"
url = "${index.url}/simple"
[tool.uv]
package = false
`,
  })
  const variables = { UV_INDEX_PRIVATE_USERNAME: 'reader', UV_INDEX_PRIVATE_PASSWORD: PASSWORD }
  await lock(tool, folder, variables)
  return { folder, variables, archives: files, secrets: [PASSWORD], close: () => index.close() }
}

interface Places {
  readonly git: string
  readonly develop: string
  readonly url: string
}

function poetrySources({ git, develop, url }: Places): string {
  return `[tool.poetry]
package-mode = false
[tool.poetry.dependencies]
python = ">=3.10,<3.15"
by-git = { git = "${git}", branch = "main", subdirectory = "sub" }
by-url = { url = "${url}" }
by-path = { path = "libs/path" }
by-file = { path = "archives/by_file-1.0.tar.gz" }
develop-path = { path = "libs/develop", develop = true }
develop-poetry = { path = "libs/poetry", develop = true }
develop-git = { git = "${develop}", branch = "main", develop = true }
[[tool.poetry.source]]
name = "index"
url = "https://pypi.org/simple"
priority = "primary"
`
}

const POETRY_PACKAGE = `[build-system]
requires = ["poetry-core>=2"]
build-backend = "poetry.core.masonry.api"
[project]
name = "develop-poetry"
version = "1.0"
scripts = { develop-poetry = "develop_poetry:it" }
[tool.poetry]
packages = [{ include = "develop_poetry.py", from = "src" }]
`

function project(dependencies: readonly string[]): string {
  return `[project]
name = "local"
version = "1.0"
requires-python = ">=3.10"
dependencies = ${JSON.stringify(dependencies)}
`
}

async function lock(tool: PythonTool, folder: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const environment = join(mkdtempSync(join(tmpdir(), 'python-lock-')), 'environment')
  makeEnvironment(environment)
  await runPythonTool(tool, tool.lock, { folder, environment, variables })
}

function writeProject(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'python-served-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

function manifest(name: string, needs: readonly string[] = []): string {
  return `[build-system]
requires = ["flit_core>=3.10"]
build-backend = "flit_core.buildapi"
[project]
name = "${name}"
version = "1.0"
description = "one module"
dependencies = ${JSON.stringify(needs)}
`
}

function moduleOf(name: string): string {
  return name.replaceAll('-', '_')
}

type Archive = readonly [name: string, form: 'wheel' | 'sdist', code: string, ...needs: string[]]

/** Packages of one module, by the name of their file. */
function makeArchives(archives: readonly Archive[]): ReadonlyMap<string, Uint8Array> {
  const made = archives.map(([name, form, code, ...needs]) => {
    const module = moduleOf(name)
    const required = needs.map((need) => `Requires-Dist: ${need}\n`).join('')
    const info = `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${required}`
    const [dist, base] = [`${module}-1.0.dist-info`, `${module}-1.0`]
    const wheel = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
    const record = [`${module}.py`, `${dist}/METADATA`, `${dist}/WHEEL`, `${dist}/RECORD`].map((path) => `${path},,\n`)
    const files =
      form === 'wheel'
        ? {
            [`${module}.py`]: code,
            [`${dist}/METADATA`]: info,
            [`${dist}/WHEEL`]: wheel,
            [`${dist}/RECORD`]: record.join(''),
          }
        : {
            [`${base}/${module}.py`]: code,
            [`${base}/PKG-INFO`]: info,
            [`${base}/pyproject.toml`]: manifest(name, needs),
          }
    const file = form === 'wheel' ? `${base}-py3-none-any.whl` : `${base}.tar.gz`
    return [file, packArchive(file, files)] as const
  })
  return new Map(made)
}

interface LoopbackIndex {
  readonly url: string
  close(): Promise<void>
}

/** PEP 503 at /simple, the files at /files. `login`: the user and password that it asks for. */
async function startIndex(files: ReadonlyMap<string, Uint8Array>, login?: string): Promise<LoopbackIndex> {
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`
  const server: Server = createServer((request, response) => {
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end()
      return
    }
    const [, top, name = ''] = (request.url ?? '').split('/')
    const bytes = top === 'files' ? files.get(name) : undefined
    if (bytes !== undefined) return void response.end(bytes)
    const links = top === 'simple' ? [...files].filter(([file]) => file.startsWith(`${moduleOf(name)}-`)) : []
    if (links.length === 0) return void response.writeHead(404).end()
    response.setHeader('content-type', 'text/html').end(links.map(link).join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function link([file, bytes]: readonly [string, Uint8Array]): string {
  return `<a href="/files/${file}#sha256=${createHash('sha256').update(bytes).digest('hex')}">${file}</a>\n`
}
