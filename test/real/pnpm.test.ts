/** pnpm: what is built is what pnpm installs, whatever stands in the lock file and whoever lays it out. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { makeProject, runProgram } from '../support/cli.ts'
import { narOf } from '../support/fidelity-embedded.ts'
import { buildManaged, compareManaged, installManaged, useWorkshop } from '../support/managed-project.ts'
import { bundlingArchive, fromGit, packedArchive, wrappyPatch } from '../support/managed-sources.ts'
import { getTool } from '../support/package-managers.ts'
import { lockPnpm, memberOf, pnpms, type PnpmProject } from '../support/pnpm.ts'

const workshop = useWorkshop()

describe.each(pnpms)('$name', (tool) => {
  test('takes packages from wherever they come', async () => {
    await workshop.git.commit('from-git', fromGit)
    const project = await lockPnpm(tool, everySource(workshop.git.httpUrl('from-git')))
    const reference = await installManaged(tool, project)
    const { files, differences } = compareManaged(tool, reference, await buildManaged(workshop, tool, project))
    expect(differences).toEqual([])
    expect(files).toBeGreaterThan(50)
  })
})

describe.each(pnpms.filter(({ node }) => node === undefined))('$name by itself', (tool) => {
  test('makes the same tree, byte by byte', async () => {
    await workshop.git.commit('from-git', fromGit)
    const project = await lockPnpm(tool, everySource(workshop.git.httpUrl('from-git')))
    const ours = await buildManaged(workshop, tool, project)
    expect(runProgram(workshop.program, ['-C', project.folder, '--use-package-manager']).code).toBe(0)
    const theirs = await buildManaged(workshop, tool, project)
    expect(await narOf(theirs)).toBe(await narOf(ours))
  })

  test('makes it in the project, whatever the settings say', async () => {
    const manifest = { name: 'project', version: '1.0.0', dependencies: { debug: '4.3.4' } }
    const project = await lockPnpm(tool, { manifest, files: {} })
    const settings = 'enable-modules-dir=false\nenable-global-virtual-store=true\n'
    writeFileSync(join(project.folder, '.npmrc'), settings)
    const ours = await buildManaged(workshop, tool, project)
    expect(runProgram(workshop.program, ['-C', project.folder, '--use-package-manager']).code).toBe(0)
    const theirs = await buildManaged(workshop, tool, project)
    expect(await narOf(theirs)).toBe(await narOf(ours))
  })
})

const settings = [
  { 'shamefully-hoist': 'true' },
  { 'node-linker': 'hoisted' },
  { 'dedupe-direct-deps': 'true', hoist: 'false' },
]
describe('pnpm-9.15', () => {
  const tool = getTool('pnpm-9.15')

  test.each(settings)('lays out as %j has it', async (npmrc) => {
    const project = await lockPnpm(tool, { ...workspace, settings: { ...workspace.settings, npmrc } })
    const reference = await installManaged(tool, project)
    const { differences } = compareManaged(tool, reference, await buildManaged(workshop, tool, project))
    expect(differences).toEqual([])
  })

  test('builds programs that run from wherever they are linked', async () => {
    const project = await lockPnpm(tool, workspace)
    const result = await buildManaged(workshop, tool, project)
    const link = join(mkdtempSync(join(tmpdir(), 'lock2build-link-')), 'semver')
    const made = spawnSync('ln', ['-s', join(result, 'node_modules/.bin/semver'), link])
    expect(made.status).toBe(0)
    expect(spawnSync(link, ['1.2.3'], { encoding: 'utf8' }).stdout).toBe('1.2.3\n')
  })

  test('refuses a lock file that `--frozen-lockfile` refuses', async () => {
    const project = await lockPnpm(tool, workspace)
    const file = join(project.folder, 'package.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('7.6.0', '7.5.4'))
    await expect(installManaged(tool, project)).rejects.toThrow(/ERR_PNPM_OUTDATED_LOCKFILE/)
    await expect(buildManaged(workshop, tool, project)).rejects.toThrow(/manifest-mismatch/)
  })
})

describe.each(['pnpm-8.15', 'pnpm-10.34', 'pnpm-11.28'].map(getTool))(
  '$name, with a lock file for each member',
  (tool) => {
    test('a member that needs nothing of the others is built as it is installed, by the settings of the workspace', async () => {
      const project = await lockPnpm(tool, separate)
      const reference = await installManaged(tool, project)
      const ours = await buildManaged(workshop, tool, memberOf(project, 'packages/alone'))
      const { files, differences } = compareManaged(tool, join(reference, 'packages/alone'), ours)
      expect(differences).toEqual([])
      expect(files).toBeGreaterThan(10)
      // Only the workspace says that it is there.
      expect(existsSync(join(ours, 'node_modules/ms'))).toBe(true)
    })
  },
)

test('what was built is looked at again when the workspace around a member says something else', async () => {
  const root = makeProject({
    'package.json': '{}',
    'pnpm-workspace.yaml': 'packages: ["packages/*"]\nsharedWorkspaceLockfile: false\n',
    'packages/a/package.json': '{ "name": "a", "version": "1.0.0" }',
    'packages/a/pnpm-lock.yaml': "lockfileVersion: '9.0'\nimporters:\n  .: {}\n",
  })
  const build = () => {
    const words = ['build', '-C', join(root, 'packages/a'), '--with', 'embedded', '-A', 'nodeModules']
    return runProgram(workshop.program, words, { cwd: root, environment: { XDG_CACHE_HOME: workshop.cache } })
  }
  expect(build().code).toBe(0)
  // Until it is remembered that there is nothing to do.
  await setTimeout(3500)
  expect(build().stderr).toContain('nothing to do')
  appendFileSync(join(root, 'pnpm-workspace.yaml'), 'nodeLinker: hoisted\n')
  expect(build()).toMatchObject({ code: 4, stderr: expect.stringContaining('with nodeLinker hoisted') })
})

/** Scripts, programs, members that need each other, hoisting that has something to choose. */
const workspace: PnpmProject = {
  manifest: {
    name: 'workspace',
    version: '1.0.0',
    private: true,
    dependencies: { semver: '7.6.0', one: 'workspace:*', bundling: 'file:vendor/bundling.tgz' },
    devDependencies: { 'eslint-plugin-react-hooks': '4.6.0', esbuild: '0.21.5' },
  },
  files: {
    'packages/one/package.json': { name: 'one', version: '1.0.0', dependencies: { ms: '2.0.0', debug: '4.3.4' } },
    'packages/two/package.json': {
      name: 'two',
      version: '1.0.0',
      bin: 'cli.js',
      dependencies: { one: 'workspace:^', ms: '2.1.3', semver: '7.6.0' },
    },
    'packages/two/cli.js': '#!/usr/bin/env node\n',
    'vendor/bundling.tgz': bundlingArchive(),
  },
  settings: { members: ['packages/*'], builds: ['esbuild'] },
}

/** What decides the trees of the members stands at the top, but for overrides until version 9. */
const separate: PnpmProject = {
  manifest: { name: 'separate', version: '1.0.0', private: true, devDependencies: { semver: '7.6.0' } },
  files: {
    'packages/alone/package.json': {
      name: 'alone',
      version: '1.0.0',
      dependencies: { debug: '4.3.4', esbuild: '0.21.5' },
    },
  },
  settings: {
    members: ['packages/*'],
    overrides: { ms: '2.1.1' },
    builds: ['esbuild'],
    npmrc: { 'shared-workspace-lockfile': 'false', 'public-hoist-pattern': 'ms' },
  },
}

function everySource(repository: string): PnpmProject {
  return {
    manifest: {
      name: 'sources',
      version: '1.0.0',
      private: true,
      dependencies: {
        copied: 'file:libs/copied',
        'from-git': `git+${repository}`,
        linked: 'link:libs/linked',
        older: 'npm:ms@2.1.2',
        packed: 'file:vendor/packed.tgz',
        bundling: 'file:vendor/bundling.tgz',
        remote: 'https://registry.npmjs.org/semver/-/semver-7.6.0.tgz',
        wrappy: '1.0.2',
        debug: '4.3.4',
        esbuild: '0.21.5',
        react: '18.2.0',
        member: 'workspace:*',
      },
      optionalDependencies: { fsevents: '2.3.3' },
    },
    files: {
      'libs/copied/package.json': { name: 'copied', version: '0.1.0', files: ['lib'], dependencies: { ms: '2.1.3' } },
      'libs/copied/lib/index.js': '1\n',
      'libs/copied/other.js': '2\n',
      'libs/linked/package.json': { name: 'linked', version: '0.1.0', dependencies: { ms: '*' } },
      'members/member/package.json': {
        name: 'member',
        version: '2.0.0',
        dependencies: { 'use-sync-external-store': '1.2.0', react: '17.0.2', injected: 'workspace:*' },
        dependenciesMeta: { injected: { injected: true } },
      },
      'members/injected/package.json': {
        name: 'injected',
        version: '3.0.0',
        peerDependencies: { react: '*' },
        devDependencies: { react: '18.2.0' },
      },
      'members/injected/index.js': '3\n',
      'patches/wrappy.patch': wrappyPatch,
      'vendor/bundling.tgz': bundlingArchive(),
      'vendor/packed.tgz': packedArchive(),
    },
    settings: {
      members: ['members/*'],
      overrides: { 'debug>ms': '2.1.1' },
      patchedDependencies: { 'wrappy@1.0.2': 'patches/wrappy.patch' },
      builds: ['esbuild'],
    },
  }
}
