/** An environment in which Python and its package managers go by their usual names. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { hostPython } from './python-prefix.ts'
import { toolPython, type PythonTool } from './python-tools.ts'

/** By the name that its users type, with the words that come first: `pip-compile` is `python -m piptools compile`. */
export type NamedTools = Readonly<Record<string, readonly [PythonTool, ...string[]]>>

/** Of the machine: how it reaches the index. Of the package managers: their names, and caches that the next run finds again. */
export function pythonEnvironment(tools: NamedTools): Readonly<Record<string, string | undefined>> {
  const settings = /^(?:PIP|UV|POETRY|PDM|PIPENV|PYTHON|PYENV)_?|^VIRTUAL_ENV$/
  const own = Object.entries(process.env).filter(([name]) => !settings.test(name) || name === 'PIP_CERT')
  return {
    ...Object.fromEntries(own),
    PATH: pythonPath(tools),
    UV_CACHE_DIR: keptDirectory('python-cache-uv'),
    POETRY_CACHE_DIR: keptDirectory('python-cache-poetry'),
    POETRY_KEYRING_ENABLED: 'false',
    PDM_CACHE_DIR: keptDirectory('python-cache-pdm'),
    PIPENV_CACHE_DIR: keptDirectory('python-cache-pip'),
    PIP_CACHE_DIR: keptDirectory('python-cache-pip'),
  }
}

/** These and nothing else of their kind, but for what stands in /usr/bin. */
function pythonPath(tools: NamedTools): string {
  const bin = mkdtempSync(join(tmpdir(), 'python-bin-'))
  for (const [name, [tool, ...words]] of Object.entries(tools)) {
    const program = [toolPython(tool), '-m', tool.module, ...words].map((word) => `'${word}'`).join(' ')
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return [bin, join(hostPython().prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':')
}
