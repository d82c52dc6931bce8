/** Yarn 2 and later: what is built is what Yarn installs, whatever the linker and wherever a package comes from. */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTar } from '../../converters/node/build/shim/archive/tar-reader.ts'
import { berries, compareBerry, installBerry, lockBerry } from '../support/berry.ts'
import { listCases } from '../support/fixture-case.ts'
import { buildManaged, useWorkshop } from '../support/managed-project.ts'
import { fromGit, packedArchive, wrappyPatch } from '../support/managed-sources.ts'
import { getTool, installTool } from '../support/package-managers.ts'

const workshop = useWorkshop()
const yarn = getTool('yarn-4.9')

describe.each(berries)('$name', (tool) => {
  test.each(['pnp', 'pnpm'] as const)('lays out as the linker %s does', async (linker) => {
    const project = await lockBerry(tool, programs, { linker, settings: 'enableScripts: true\n' })
    const { files, differences } = compareBerry(
      await installBerry(tool, project),
      await buildManaged(workshop, tool, project),
    )
    expect(differences).toEqual([])
    expect(files).toBeGreaterThan(5)
  })

  test('takes packages from wherever they come', async () => {
    await workshop.git.commit('from-git', fromGit)
    const settings = tool.name === 'yarn-4.18' ? 'approvedGitRepositories:\n  - "**"\n' : ''
    const project = await lockBerry(tool, everySource(workshop.git.daemonUrl('from-git')), { settings })
    const { differences } = compareBerry(await installBerry(tool, project), await buildManaged(workshop, tool, project))
    expect(differences).toEqual([])
  })
})

test.each(['yarn-3.8', 'yarn-4.9'].map(getTool))(
  '$name is the one that the project brings along, with its plugin',
  async (tool) => {
    const project = await lockBerry(tool, programs)
    const own = `.yarn/releases/yarn-${tool.archive.slice(tool.archive.lastIndexOf('@') + 1)}.cjs`
    mkdirSync(join(project.folder, '.yarn/releases'), { recursive: true })
    cpSync(join(installTool(tool), 'node_modules', tool.program), join(project.folder, own))
    writeFileSync(join(project.folder, '.yarn/mark.cjs'), plugin)
    const settings = `nodeLinker: node-modules\nyarnPath: ${own}\nplugins:\n  - path: .yarn/mark.cjs\n    spec: "./mark.cjs"\n`
    writeFileSync(join(project.folder, '.yarnrc.yml'), settings)
    const result = await buildManaged(workshop, tool, project)
    expect(compareBerry(await installBerry(tool, project), result).differences).toEqual([])
    expect(readFileSync(join(result, 'node_modules/marked.txt'), 'utf8')).toBe('by the plugin')
    expect(readFileSync(join(project.folder, 'lock2build/spec.json'), 'utf8')).not.toContain('@yarnpkg/cli-dist')
  },
)

describe('yarn-4.9', () => {
  test('leaves development dependencies out as `yarn workspaces focus --production` does', async () => {
    const project = await lockBerry(yarn, workspace)
    spawnSync(process.execPath, [workshop.program, '-C', project.folder, '--omit', 'dev'], { stdio: 'pipe' })
    const reference = await installBerry(yarn, project, ['workspaces', 'focus', '--all', '--production'])
    const { differences } = compareBerry(reference, await buildManaged(workshop, yarn, project), ['packages/one'])
    expect(differences).toEqual([])
  })

  test('does not install anew when a source file changes', async () => {
    const project = await lockBerry(yarn, { ...programs, 'index.js': '1\n' })
    const before = await buildManaged(workshop, yarn, project)
    writeFileSync(join(project.folder, 'index.js'), '2\n')
    expect(realpathSync(await buildManaged(workshop, yarn, project))).toBe(realpathSync(before))
  })

  test('is not given a package that has another checksum', async () => {
    const project = await lockBerry(yarn, { 'package.json': { name: 'p', dependencies: { ms: '2.1.3' } } })
    const file = join(project.folder, 'yarn.lock')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/10c0\/[0-9a-f]{128}/, `10c0/${'ab'.repeat(64)}`))
    await expect(buildManaged(workshop, yarn, project)).rejects.toThrow(/ms@2\.1\.3 is not what yarn\.lock names/)
  })

  test.each(['node-modules', 'pnp'] as const)('runs the build script of an application (%s)', async (linker) => {
    const project = await lockBerry(yarn, application, { linker })
    writeFileSync(join(project.folder, 'lock2build.config.json'), JSON.stringify({ env: { WHO: 'me' } }))
    const result = await buildManaged(workshop, yarn, project, 'package')
    const run = spawnSync(join(result, 'bin/app'), { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(run.stdout).toBe('built by me and 1.4.0, 1 minute\n')
  })
})

const plugin = `module.exports = {
  name: 'mark',
  factory: () => ({
    hooks: {
      afterAllInstalled: ({ cwd }) => require('fs').writeFileSync(cwd + '/node_modules/marked.txt', 'by the plugin'),
    },
  }),
}
`

describe('the Yarn that belongs to a lock file installs it without changing it:', () => {
  const cases = listCases('yarn-berry/').filter(({ name }) =>
    /\/(?:version-\d|compressed|long-key|supported-arch)/.test(name),
  )

  test.each(cases)('$name', async ({ dir }) => {
    const folder = mkdtempSync(join(tmpdir(), 'lock2build-version-'))
    cpSync(join(dir, 'input'), folder, { recursive: true })
    appendFileSync(join(folder, '.yarnrc.yml'), 'nodeLinker: node-modules\n')
    const result = await buildManaged(workshop, yarn, { folder })
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    )
    const names = Object.keys({ ...dependencies, ...optionalDependencies })
    const missing = names.filter((name) => !existsSync(join(result, 'node_modules', name)))
    expect(missing).toEqual(missing.filter((name) => name === '@esbuild/darwin-arm64'))
  })
})

test('a member is packed with versions where it asks for workspace:', async () => {
  const project = await lockBerry(yarn, {
    'package.json': { name: 'root', private: true, workspaces: ['members/*'] },
    'members/one/package.json': { name: '@demo/one', version: '1.2.3', dependencies: { two: 'workspace:^' } },
    'members/one/index.js': '1\n',
    'members/two/package.json': { name: 'two', version: '4.5.6' },
  })
  const result = await buildManaged(workshop, yarn, project, '@demo/one.tarball')
  expect(readdirSync(result)).toEqual(['demo-one-1.2.3.tgz'])
  const entries = readTar(readFileSync(join(result, 'demo-one-1.2.3.tgz')), 'it', { bytes: 1e6, entries: 10 })
  expect(entries.map(({ path }) => path).sort()).toEqual(['package/index.js', 'package/package.json'])
  expect(entries.find(({ path }) => path.endsWith('package.json'))?.content.toString()).toContain('"two": "^4.5.6"')
})

test('Plug’n’Play stands in a directory that a shell was opened in, and a developer’s own stays', async () => {
  const project = await lockBerry(yarn, programs, { linker: 'pnp' })
  const result = await buildManaged(workshop, yarn, project)
  const job = join(project.folder, 'shell.json')
  writeFileSync(job, JSON.stringify({ modules: result }))
  const shim = join(dirname(workshop.program), 'assets/node/node-shim.mjs')
  const open = (): string =>
    spawnSync(process.execPath, [shim, 'shell', job], { cwd: project.folder, encoding: 'utf8' }).stderr
  expect(open()).toBe('')
  const found = spawnSync(process.execPath, ['-r', './.pnp.cjs', '-p', 'require("once/package.json").version'], {
    cwd: project.folder,
    encoding: 'utf8',
  })
  expect(found.stdout).toBe('1.4.0\n')
  rmSync(join(project.folder, '.yarn/.lock2build-shell'))
  writeFileSync(join(project.folder, '.pnp.cjs'), '// mine\n')
  expect(open()).toContain('is not from here')
  expect(readFileSync(join(project.folder, '.pnp.cjs'), 'utf8')).toBe('// mine\n')
})

/** One with a script, hence unplugged; one that Yarn patches; programs. */
const programs = {
  'package.json': {
    name: 'programs',
    version: '1.0.0',
    private: true,
    dependencies: { once: '1.4.0', resolve: '1.22.8', semver: '7.6.0' },
    devDependencies: { esbuild: '0.21.5' },
    dependenciesMeta: { esbuild: { built: true } },
  },
}

function everySource(repository: string): Parameters<typeof lockBerry>[1] {
  return {
    'package.json': {
      name: 'sources',
      version: '1.0.0',
      private: true,
      dependencies: {
        copied: 'file:./libs/copied',
        'from-git': repository,
        linked: 'link:./libs/linked',
        ms: 'npm:ms@2.1.2',
        newer: 'npm:ms@^2.1.3',
        packed: 'file:./vendor/packed.tgz',
        portal: 'portal:./libs/portal',
        remote: 'https://registry.npmjs.org/semver/-/semver-7.6.0.tgz',
        resolve: '1.22.8',
        wrappy: 'patch:wrappy@npm%3A1.0.2#./patches/wrappy.patch',
      },
    },
    'libs/copied/package.json': { name: 'copied', version: '1.0.0' },
    'libs/copied/sub/a.js': '1\n',
    'libs/linked/readme.txt': 'no package\n',
    'libs/portal/package.json': { name: 'portal', version: '1.0.0', bin: './cli.js', dependencies: { once: '1.4.0' } },
    'libs/portal/cli.js': '#!/usr/bin/env node\n',
    'patches/wrappy.patch': wrappyPatch,
    'vendor/packed.tgz': packedArchive(),
  }
}

const workspace = {
  'package.json': {
    name: 'workspace',
    version: '1.0.0',
    private: true,
    workspaces: ['packages/*'],
    dependencies: { ms: '2.1.3' },
    devDependencies: { semver: '7.6.0' },
  },
  'packages/one/package.json': {
    name: 'one',
    version: '1.0.0',
    dependencies: { ms: '2.0.0' },
    devDependencies: { once: '1.4.0' },
  },
}

const application = {
  'package.json': {
    name: 'app',
    version: '1.0.0',
    bin: { app: './dist/app.js' },
    scripts: { build: 'yarn run compile', compile: 'semver 1.4.0 > version.txt && node build.js' },
    dependencies: { ms: '2.1.3' },
    devDependencies: { semver: '7.6.0' },
  },
  'build.js': `const { mkdirSync, readFileSync, writeFileSync } = require('fs')
mkdirSync('dist')
const version = readFileSync('version.txt', 'utf8').trim()
writeFileSync('dist/app.js', '#!/usr/bin/env node\\nconsole.log(' + JSON.stringify('built by ' + process.env.WHO + ' and ' + version + ', ') + ' + require("ms")(60000, { long: true }))\\n')
`,
}
