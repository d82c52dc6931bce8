/** Yarn 1: what is built is what `yarn install --frozen-lockfile` leaves, from wherever packages come and however they need each other. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { printDifferences } from '../support/fidelity-compare.ts'
import { buildEmbedded, narOf } from '../support/fidelity-embedded.ts'
import { compareWithNpm, convert, findModules, writeProject, type Project } from '../support/fidelity.ts'
import { startGit, type LoopbackGit } from '../support/loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from '../support/loopback-registry.ts'
import { npmTarball } from '../support/npm-tarball.ts'
import { getTool, nodeOf, runTool } from '../support/package-managers.ts'
import { randomProject } from '../support/yarn-graphs.ts'

// Scripts see which node runs them: the one of the builds here.
const { node: _, ...tool } = getTool('yarn-1.22')
let program = ''
let git: LoopbackGit
let registry: LoopbackRegistry
const cache = mkdtempSync(join(tmpdir(), 'lock2build-yarn-'))
beforeAll(async () => {
  program = await installProgram()
  git = await startGit()
  registry = await startRegistry()
})
afterAll(async () => {
  removeTree(cache)
  await git.close()
  await registry.close()
})

/** A project with the lock file that yarn writes for it. */
async function lock(
  files: Readonly<Record<string, string | Uint8Array | JsonObject>>,
  own = registry,
): Promise<Project> {
  const project = writeProject({ ...files, '.npmrc': `registry=${own.url}\n` })
  await runTool(tool, project, tool.lock)
  for (const dir of findModules(project.folder)) removeTree(join(project.folder, dir))
  return project
}

/** In a copy of the project. */
async function installWithYarn(project: Project): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-reference-'))
  cpSync(project.folder, folder, { recursive: true })
  await runTool(tool, { folder, env: {} }, ['install', '--frozen-lockfile', '--non-interactive'])
  return folder
}

async function build(project: Project, args: readonly string[] = []): Promise<string> {
  await convert(project, args)
  return buildEmbedded(program, project, { cache, attribute: 'nodeModules', node: nodeOf(tool) })
}

function differences(reference: string, result: string): readonly string[] {
  const request = { reference, modules: findModules(reference), result, exceptions: tool.exceptions }
  return printDifferences(compareWithNpm(request).differences)
}

// Of other seeds, yarn itself does not come to an end with some ("Invariant Violation: could not find a copy of …").
test.each([3, 8, 16, 20])('hoists as yarn does, whatever needs what (%i)', async (seed) => {
  const own = await startRegistry()
  const project = await lock(randomProject(seed, own), own)
  const reference = await installWithYarn(project)
  expect(differences(reference, await build(project))).toEqual([])
  await own.close()
})

test('takes packages from wherever they come, by itself and with yarn', async () => {
  await git.commit('from-git', {
    'package.json': JSON.stringify({ name: 'from-git', version: '1.0.0', bin: 'run.sh', files: ['none'] }),
    'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
    'not-packed.txt': 'yarn takes the whole commit',
    'deep/er/file': 'x',
  })
  registry.add({
    manifest: { name: 'plain', version: '1.0.0', bin: 'p.js' },
    files: { 'p.js': '#!/usr/bin/env node\n' },
  })
  registry.add({ manifest: { name: 'plain', version: '2.0.0' } })
  const archive = npmTarball({
    'package.json': JSON.stringify({ name: 'boxed', version: '1.0.0', dependencies: { plain: '^2.0.0' } }),
  })
  const elsewhere = registry.addFile(
    '/elsewhere/v1.tgz',
    npmTarball({ 'package.json': JSON.stringify({ name: 'far', version: '1.0.0' }) }),
  )
  const project = await lock({
    'package.json': {
      name: 'sources',
      version: '1.0.0',
      private: true,
      dependencies: {
        'from-git': `git+${git.httpUrl('from-git')}`,
        boxed: 'file:vendor/boxed.tgz',
        far: elsewhere,
        copied: 'file:./lib/copied',
        linked: 'link:./lib/linked',
        renamed: 'npm:plain@^1.0.0',
      },
    },
    'vendor/boxed.tgz': archive,
    'lib/copied/package.json': { name: 'copied', version: '1.0.0', dependencies: { plain: '1.0.0' }, bin: 'c.js' },
    'lib/copied/c.js': '#!/usr/bin/env node\n',
    'lib/linked/package.json': { name: 'linked', version: '1.0.0', dependencies: { plain: '2.0.0' } },
  })
  const before = readFileSync(join(project.folder, 'yarn.lock'), 'utf8')
  const reference = await installWithYarn(project)
  const alone = await build(project)
  expect(differences(reference, alone)).toEqual([])
  // yarn's own archive comes from the registry that is configured.
  rmSync(join(project.folder, '.npmrc'))
  const alongside = await build(project, ['--use-package-manager'])
  expect(await narOf(alongside)).toBe(await narOf(alone))
  expect(readFileSync(join(project.folder, 'yarn.lock'), 'utf8')).toBe(before)
})

test('scripts run after what they need, in the environment that yarn gives them; an optional package whose script fails goes', async () => {
  const write =
    "node -e \"require('fs').writeFileSync('seen.json', JSON.stringify(Object.fromEntries(NAMES.map((n) => [n, process.env[n]]))))\""
  const names = [
    'npm_config_user_agent',
    'npm_lifecycle_event',
    'npm_package_name',
    'npm_package_config_port',
    'npm_package_scripts_postinstall',
    'npm_config_argv_is_not_there',
  ]
  const postinstall = write.replace('NAMES', JSON.stringify(names).replaceAll('"', "'"))
  registry.add({
    manifest: { name: 'tool', version: '1.0.0', bin: 'tool.js' },
    files: { 'tool.js': '#!/usr/bin/env node\nrequire("fs").writeFileSync("tool-ran", "")\n' },
  })
  registry.add({
    manifest: {
      name: 'uses',
      version: '1.0.0',
      dependencies: { tool: '1.0.0' },
      config: { port: 8080 },
      scripts: { install: 'tool', postinstall },
    },
  })
  registry.add({ manifest: { name: 'fails', version: '1.0.0', scripts: { install: 'exit 1' } } })
  const project = await lock({
    'package.json': {
      name: 'scripts',
      version: '1.0.0',
      dependencies: { uses: '1.0.0' },
      optionalDependencies: { fails: '1.0.0' },
    },
  })
  const reference = await installWithYarn(project)
  expect(differences(reference, await build(project))).toEqual([])
  expect(readFileSync(join(reference, 'node_modules/uses/seen.json'), 'utf8')).toContain('yarn/1.22.22')
})
