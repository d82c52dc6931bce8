/** A project of node and a package beside it, in one git repository: what each package manager copies from there is what is built. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../support/cli.ts'
import { compareTrees, printDifferences } from '../support/fidelity-compare.ts'
import { installWithNpm, writeProject, type Project } from '../support/fidelity.ts'
import { buildManaged, compareManaged, useWorkshop } from '../support/managed-project.ts'
import { getTool, runTool, tools, type PackageManagerTool } from '../support/package-managers.ts'

const workshop = useWorkshop()

/** Of what stands in the directory, only `lib` is published; its dependencies are another version's than the project's. */
function makeRepository(more: Readonly<Record<string, string>> = {}): Project {
  const { folder } = writeProject({
    'libs/shared/package.json': {
      name: '@mono/shared',
      version: '1.2.0',
      main: 'lib/index.js',
      bin: { shared: 'lib/cli.js' },
      files: ['lib'],
      dependencies: { ms: '2.1.2' },
    },
    'libs/shared/lib/index.js': "module.exports = require('ms')('1h')\n",
    'libs/shared/lib/cli.js': '#!/usr/bin/env node\nconsole.log(require("."))\n',
    'libs/shared/NOTES.md': 'Not published.\n',
    'app/package.json': {
      name: 'app',
      version: '1.0.0',
      dependencies: { '@mono/shared': 'file:../libs/shared', ms: '2.1.3' },
    },
    ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`app/${name}`, text])),
  })
  execFileSync('git', ['init', '--quiet', folder])
  return { folder: join(folder, 'app') }
}

/** The whole repository, elsewhere. */
function copyOf({ folder }: Project): Project {
  const to = mkdtempSync(join(tmpdir(), 'lock2build-reference-'))
  cpSync(join(folder, '..'), to, { recursive: true })
  return { folder: join(to, 'app') }
}

const linksEachFile = ({ name }: PackageManagerTool) => ['bun-1.2', 'bun-1.3'].includes(name)
const links = { pattern: /\/@mono\/shared\//, kind: 'type' as const, reason: 'files instead of links to them' }

const managers = tools.filter(({ archive }) => /^(?:yarn|pnpm|bun)@/.test(archive))

describe.each(managers)('$name', (tool) => {
  test('copies the directory, and installs what it needs', async () => {
    const project = makeRepository()
    await runTool(tool, project, tool.lock)
    const reference = copyOf(project)
    await runTool(tool, reference, tool.install)
    const ours = await buildManaged(workshop, tool, project)
    const { files, differences } = compareManaged(tool, reference.folder, ours, linksEachFile(tool) ? [links] : [])
    expect(differences).toEqual([])
    expect(files).toBeGreaterThanOrEqual(8)
    const application = await buildManaged(workshop, tool, project, 'package')
    const program = `require(${JSON.stringify(join(application, 'lib/node_modules/app/node_modules/@mono/shared'))})`
    expect(execFileSync(process.execPath, ['-p', program], { encoding: 'utf8' })).toBe('3600000\n')
  })
})

describe('npm', () => {
  test('packs the directory with install-links, and links it without, where nothing that it needs is locked', async () => {
    const project = makeRepository({ '.npmrc': 'install-links=true\n' })
    const lock = (folder: string) =>
      execFileSync('npm', ['install', '--package-lock-only'], { cwd: folder, stdio: 'pipe' })
    lock(project.folder)
    const reference = copyOf(project)
    await installWithNpm(reference)
    const ours = await buildManaged(workshop, getTool('pnpm-9.15'), project)
    const options = { parts: ['node_modules'], exceptions: [] }
    const { files, differences } = compareTrees(reference.folder, ours, options)
    expect(printDifferences(differences)).toEqual(['missing node_modules/.package-lock.json: file'])
    expect(files).toBeGreaterThanOrEqual(8)
    writeFileSync(join(project.folder, '.npmrc'), '')
    lock(project.folder)
    const run = runProgram(workshop.program, ['-C', project.folder])
    expect(run).toMatchObject({ code: 5, stderr: expect.stringContaining('install-links=true') })
  })
})

test('a package manager that is to install by itself would not see it', async () => {
  const tool = getTool('pnpm-9.15')
  const project = makeRepository()
  await runTool(tool, project, tool.lock)
  const run = runProgram(workshop.program, ['-C', project.folder, '--use-package-manager'])
  expect(run).toMatchObject({ code: 4, stderr: expect.stringContaining('stands beside the project') })
})
