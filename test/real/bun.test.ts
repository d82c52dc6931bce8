/** Bun: what is built is what Bun installs, whatever the linker and wherever a package comes from. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { buns, lockBun, type BunProject } from '../support/bun.ts'
import { cleanEnvironment, runProgram } from '../support/cli.ts'
import type { TreeException } from '../support/fidelity-compare.ts'
import { buildManaged, compareManaged, installManaged, useWorkshop } from '../support/managed-project.ts'
import { fromGit, packedArchive } from '../support/managed-sources.ts'
import { getAnyTool } from '../support/other-linkers.ts'
import { getTool, installTool, type PackageManagerTool } from '../support/package-managers.ts'

const workshop = useWorkshop()

describe.each(buns)('$name', (tool) => {
  test('takes packages from wherever they come', async () => {
    await workshop.git.commit('from-git', fromGit)
    const project = await lockBun(tool, everySource(`git+${workshop.git.httpUrl('from-git')}`))
    const { files, differences } = compareManaged(
      tool,
      await installManaged(tool, project),
      await buildManaged(workshop, tool, project),
    )
    expect(differences).toEqual([])
    expect(files).toBeGreaterThan(30)
  })
})

describe.each(buns)('$name by itself', (tool) => {
  test('makes the same tree, but for its notes', async () => {
    await workshop.git.commit('from-git', fromGit)
    const project = await lockBun(tool, everySource(`git+${workshop.git.httpUrl('from-git')}`))
    const ours = await buildManaged(workshop, tool, project)
    const convertedAgain = runProgram(workshop.program, ['-C', project.folder, '--use-package-manager'])
    expect(convertedAgain.code).toBe(0)
    const { files, differences } = compareManaged(tool, await buildManaged(workshop, tool, project), ours)
    expect(differences).toEqual([])
    expect(files).toBeGreaterThan(30)
  })
})

describe.each(buns)('$name', (tool) => {
  test('isolates packages that need each other in a circle', async () => {
    const dependencies = { 'mini-css-extract-plugin': '2.8.1', webpack: '5.94.0', esbuild: '0.20.1' }
    const project = await lockBun(tool, { manifest: { ...named, dependencies }, files: isolatedByBunfig })
    const { files, differences } = compareManaged(
      tool,
      await installManaged(tool, project),
      await buildManaged(workshop, tool, project),
      [...getAnyTool(`${tool.name}-isolated`).exceptions, programInCircle],
    )
    expect(differences).toEqual([])
    expect(files).toBeGreaterThan(1000)
  })
})

describe.each(buns)('$name by itself', (tool) => {
  test('makes no links into its cache, whatever bunfig.toml says', async () => {
    const bunfig = `${isolatedByBunfig['bunfig.toml']}globalStore = true\n`
    const files = { 'bunfig.toml': bunfig }
    const project = await lockBun(tool, { manifest: { ...named, dependencies: { debug: '4.3.4' } }, files })
    const ours = await buildManaged(workshop, tool, project)
    expect(runProgram(workshop.program, ['-C', project.folder, '--use-package-manager']).code).toBe(0)
    const { differences } = compareManaged(tool, await buildManaged(workshop, tool, project), ours)
    expect(differences).toEqual([])
  })
})

describe.each(buns.filter(({ name }) => name !== 'bun-1.2'))('$name', (tool) => {
  test('isolates a workspace, with peers, aliases and catalogs', async () => {
    const project = await lockBun(tool, workspace)
    const built = await buildManaged(workshop, tool, project)
    expect(existsSync(join(built, 'node_modules/.bun'))).toBe(true)
    const { differences } = compareManaged(tool, await installManaged(tool, project), built, [racing])
    expect(differences).toEqual([])
  })

  test('hoists it where bunfig.toml says so', async () => {
    const files = { ...workspace.files, 'bunfig.toml': '[install]\nlinker = "hoisted"\n' }
    const project = await lockBun(tool, { ...workspace, files })
    const { differences } = compareManaged(
      tool,
      await installManaged(tool, project),
      await buildManaged(workshop, tool, project),
    )
    expect(differences).toEqual([])
  })
})

describe('bun-1.4', () => {
  const tool = getTool('bun-1.4')

  test('is in the build of a script that starts it', async () => {
    const manifest = {
      ...named,
      bin: 'dist/index.js',
      scripts: {
        build: 'bun run bundle && bunx semver 1.2.3',
        bundle: 'bun build src/index.ts --outdir dist --target node',
      },
      dependencies: { ms: '2.1.3' },
      devDependencies: { semver: '7.6.0' },
    }
    const files = { 'src/index.ts': 'import ms from "ms"\nconst minute: number = 60_000\nconsole.log(ms(minute))\n' }
    const project = await lockBun(tool, { manifest, files })
    const built = await buildManaged(workshop, tool, project, 'package')
    expect(spawnSync(process.execPath, [join(built, 'bin/project')], { encoding: 'utf8' }).stdout).toBe('1m\n')
  })

  test('turns bun.lockb into text: with the same result', async () => {
    const project = await lockBun(tool, { manifest: { ...named, dependencies: { debug: '4.3.4' } } })
    convertIn(project.folder, binOf(tool))
    const fromText = readFileSync(join(project.folder, 'lock2build/spec.json'), 'utf8')
    await makeBinary(tool, project.folder)
    convertIn(project.folder, binOf(tool))
    const fromBinary = readFileSync(join(project.folder, 'lock2build/spec.json'), 'utf8')
    expect(fromBinary).toBe(fromText.replace('"bun.lock"', '"bun.lockb"'))
  })

  test('without Bun, bun.lockb is refused with the command that makes text of it', async () => {
    const project = await lockBun(tool, { manifest: { ...named, dependencies: { ms: '2.1.3' } } })
    await makeBinary(tool, project.folder)
    const { code, stderr } = runProgram(workshop.program, ['-C', project.folder], {
      environment: { PATH: '/usr/bin:/bin' },
    })
    expect(code).toBe(4)
    expect(stderr).toContain('there is no bun on PATH')
    expect(stderr).toContain('bun install --save-text-lockfile --frozen-lockfile --lockfile-only')
  })
})

function binOf(tool: PackageManagerTool): string {
  return dirname(join(installTool(tool), 'node_modules', tool.program))
}

function convertIn(folder: string, bin: string): void {
  // The program is called bun.exe everywhere; on PATH it has its own name.
  const { PATH = '' } = cleanEnvironment()
  const run = runProgram(workshop.program, ['-C', folder], {
    environment: { PATH: `${join(bin, '../../.bin')}:${PATH}` },
  })
  expect(run.stderr).not.toContain('lock-encoding')
  expect(run.code).toBe(0)
}

/** In the place of bun.lock. */
async function makeBinary(tool: PackageManagerTool, folder: string): Promise<void> {
  rmSync(join(folder, 'bun.lock'))
  writeFileSync(join(folder, 'bunfig.toml'), '[install]\nsaveTextLockfile = false\n')
  const program = join(installTool(tool), 'node_modules', tool.program)
  spawnSync(program, ['install', '--lockfile-only'], { cwd: folder, stdio: 'ignore' })
  rmSync(join(folder, 'bunfig.toml'))
  expect(existsSync(join(folder, 'bun.lockb'))).toBe(true)
}

/** Which of the two it is differs from run to run, until 1.4.3. */
const racing: TreeException = {
  pattern: /^node_modules\/\.bun\/node_modules\/ms$/,
  kind: 'link',
  reason: 'a package under its own name and one with an alias are hoisted to one path, at the same time',
}

const programInCircle: TreeException = {
  pattern:
    /^node_modules\/\.bun\/(?:browserslist|schema-utils|terser-webpack-plugin|update-browserslist-db)@[^/]+\/node_modules\/\.bin(?:\/(?:update-browserslist-db|browserslist|schema-utils|webpack))?$/,
  kind: 'extra',
  reason: 'where packages need each other in a circle, Bun links a program when its package happens to be unpacked',
}

const isolatedByBunfig = { 'bunfig.toml': '[install]\nlinker = "isolated"\n' }

const named = { name: 'project', version: '1.0.0' }

const patch = `--- a/index.js
+++ b/index.js
@@ -1,4 +1,4 @@
-/*!
+/*! patched
  * is-odd <https://github.com/jonschlinkert/is-odd>
  *
  * Copyright (c) 2015-2017, Jon Schlinkert.
`

function everySource(gitUrl: string): BunProject {
  return {
    manifest: {
      ...named,
      dependencies: {
        'from-git': `${gitUrl}#main`,
        lib: 'file:./lib',
        packed: 'file:./vendor/packed-0.1.0.tgz',
        one: 'npm:ms@1.0.0',
        two: 'npm:ms@^2.1.3',
        'is-odd': '3.0.1',
        esbuild: '0.21.5',
        'node-gyp-build': '4.8.1',
        // Required, and left out all the same.
        '@esbuild/win32-x64': '0.21.5',
        '@esbuild/darwin-arm64': '0.21.5',
      },
      optionalDependencies: { fsevents: '2.3.3' },
      overrides: { 'is-number': '6.0.0' },
      patchedDependencies: { 'is-odd@3.0.1': 'patches/is-odd@3.0.1.patch' },
    },
    files: {
      'lib/package.json': { name: 'lib', version: '0.1.0', bin: 'x.js', dependencies: { ms: '2.0.0' } },
      'lib/x.js': '#!/usr/bin/env node\n',
      'vendor/packed-0.1.0.tgz': gzipSync(packedArchive(', "dependencies": { "ms": "0.7.0" }')),
      'patches/is-odd@3.0.1.patch': patch,
    },
  }
}

const workspace: BunProject = {
  manifest: {
    ...named,
    workspaces: { packages: ['packages/*'], catalog: { semver: '^7.6.0' }, catalogs: { old: { semver: '^5.7.0' } } },
    dependencies: { a: 'workspace:*', debug: '4.3.4', two: 'npm:ms@^2.1.3' },
  },
  files: {
    'packages/a/package.json': {
      name: 'a',
      version: '1.0.0',
      bin: './cli.js',
      dependencies: { '@scope/b': 'workspace:^', semver: 'catalog:', 'react-dom': '18.3.1', react: '18.3.1' },
    },
    'packages/a/cli.js': '#!/usr/bin/env node\n',
    'packages/b/package.json': {
      name: '@scope/b',
      version: '1.2.0',
      dependencies: { semver: 'catalog:old', chalk: '4.1.2', 'use-sync-external-store': '1.2.0' },
      devDependencies: { react: '17.0.2' },
    },
  },
}
