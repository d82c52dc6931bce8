/**
 * pylock.toml by pip, where nothing else is there: what `pip install` would install here, as its report says it. pip evaluates
 * markers for the Python that runs it, so that the file is for this system and this Python alone, and says so.
 * https://pip.pypa.io/en/stable/reference/installation-report/
 */
import type { Resolve, ResolveRequest } from '../../../src/model/resolver.ts'
import { fail } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { onlyHere } from './only-here.ts'
import { printReport } from './pip-report.ts'
import { louderPip } from './pip-words.ts'
import { findKind, type ProjectKind } from './project-kind.ts'
import { findScriptBlock } from './script-block.ts'

const LOCK = 'pylock.toml'
const REPORT = '.lock2build-report.json'
const SCRIPT_REQUIREMENTS = '.lock2build-requirements.txt'

export const resolveWithPip: Resolve = async (request, world) => {
  const python = world.findProgram('python3')
  const command = python === undefined ? undefined : ([python, '-m', 'pip'] as const)
  const need = { name: 'pip', command, get: 'python3 -m ensurepip --user', environment }
  const pip = await openTool(need, request, world)
  const { registry, before, offline } = request
  if (before !== undefined && Number.parseInt(pip.version, 10) < 26) {
    fail({ code: 'usage', message: `pip ${pip.version} cannot be given --before`, hint: 'use pip 26.0 or later' })
  }
  const { words, write } = inputsOf(request, findKind(request))
  const args = [
    'install',
    '--dry-run',
    '--no-input',
    '--no-color',
    '--progress-bar=off',
    '--report',
    REPORT,
    // Nothing is installed; but what is installed already must not count, nor that the system's Python may not be changed.
    '--ignore-installed',
    '--target',
    `${world.scratch}/target`,
    ...(registry === undefined ? [] : ['--index-url', registry]),
    ...(before === undefined ? [] : ['--uploaded-prior-to', before.toISOString()]),
    ...(offline ? ['--no-index'] : []),
    ...words,
  ]
  const made = await pip.lock({ args, read: [REPORT], write, louder: louderPip([...args, '-vv']) })
  const tool = { name: 'pip', version: pip.version }
  const text = printReport(made.files.get(REPORT) ?? '', { version: tool.version, directory: made.directory })
  return { files: new Map([[LOCK, text]]), tool, warnings: [onlyHere('pip', LOCK)] }
}

const environment = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0' }

interface Inputs {
  readonly words: readonly string[]
  readonly write?: ReadonlyMap<string, string>
}

function inputsOf({ files }: ResolveRequest, kind: ProjectKind | undefined): Inputs {
  switch (kind?.kind) {
    case undefined:
    case 'pipfile':
    case 'pyproject':
      return { words: ['.'] }
    case 'compiled':
      return { words: ['--requirement', 'requirements.in'] }
    case 'files':
      return { words: kind.files.flatMap((file) => (file.endsWith('.txt') ? ['--requirement', file] : ['.'])) }
    case 'script': {
      const requirements = scriptRequirements(kind.file, findScriptBlock(files.find(kind.file) ?? '') ?? '')
      const write = new Map([[SCRIPT_REQUIREMENTS, requirements.map((line) => `${line}\n`).join('')]])
      return { words: ['--requirement', SCRIPT_REQUIREMENTS], write }
    }
  }
}

/** Throws what is wrong with the block. */
function scriptRequirements(file: string, block: string): readonly string[] {
  const document = parseToml(block, { file, purpose: 'manifest' })
  const requirements = rootFields(document)?.texts('dependencies') ?? []
  document.failIfAny()
  return requirements
}
