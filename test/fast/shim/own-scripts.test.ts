/** Which scripts of the project itself an installation runs, as each package manager was seen to do, and which of them a build needs. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { told } from '../../../converters/node/build/shim/failure.ts'
import { rulesOf } from '../../../converters/node/build/shim/manager.ts'
import type { Manifest } from '../../../converters/node/build/shim/manifest.ts'
import { markTime } from '../../../converters/node/build/shim/mark-time.ts'
import { findChanges } from '../../../converters/node/build/shim/own-scripts/changed-packages.ts'
import { necessityOf } from '../../../converters/node/build/shim/own-scripts/needless-commands.ts'
import { ownScripts } from '../../../converters/node/build/shim/own-scripts/own-scripts.ts'
import type { ManagerName } from '../../../converters/node/node-plan.ts'

const events =
  'preinstall install postinstall prepublish preprepare prepare postprepare dependencies pnpm:devPreinstall build'

const withScripts = (...names: readonly string[]): Manifest => {
  const scripts = Object.fromEntries(names.map((name) => [name, `run ${name}`]))
  return { name: 'x', version: '1.0.0', bins: new Map(), installScripts: new Map(), json: { scripts } }
}

/** `dir event` of what runs of a project with members `b` and `a`, which needs `b`. */
function ran(name: ManagerName, version: string, omit: readonly string[] = []): readonly string[] {
  const every = withScripts(...events.split(' '))
  const npm = { cli: '', version, major: Number.parseInt(version, 10), prefix: '', load: () => undefined }
  const plan = { places: {}, local: {}, manager: { name, version } }
  const spec = { name: '', version: undefined, sources: {}, plan }
  const building = { job: { nodedir: '', omit }, spec, npm }
  const manifests = new Map([
    ['', every],
    ['b', every],
    ['a', every],
  ])
  return ownScripts(manifests, rulesOf(building).ownScripts(building)).map(({ dir, event }) => `${dir} ${event}`.trim())
}

const each = (dir: string, names: string) => names.split(' ').map((event) => `${dir} ${event}`)
const stages = (names: string) => names.split(' ').flatMap((event) => [`b ${event}`, `a ${event}`])
const three = 'preinstall install postinstall'

describe('the scripts of a project and its members', () => {
  const last = 'preinstall install postinstall prepublish preprepare prepare postprepare'.split(' ')
  test.each<[ManagerName, string, readonly string[]]>([
    [
      'npm',
      '6.14.18',
      ['preinstall', ...each('b', three), ...each('a', three), ...'install postinstall prepublish prepare'.split(' ')],
    ],
    ['npm', '7.24.2', [...stages('preinstall prepare install postinstall'), ...last]],
    ['npm', '11.19.1', [...stages('preinstall prepare install postinstall'), 'dependencies', ...last]],
    [
      'npm',
      '12.2.0',
      ['preinstall', ...stages('preinstall prepare install postinstall'), 'dependencies', ...last.slice(1)],
    ],
    [
      'yarn-classic',
      '1.22.22',
      ['preinstall', ...each('b', three), ...each('a', three), ...'install postinstall prepublish prepare'.split(' ')],
    ],
    ['yarn-berry', '4.9.4', [...three.split(' '), ...each('b', three), ...each('a', three)]],
    [
      'pnpm',
      '8.15.9',
      [
        'pnpm:devPreinstall',
        ...`${three} prepare`.split(' '),
        ...each('b', `${three} prepare`),
        ...each('a', `${three} prepare`),
      ],
    ],
    ['bun', '1.4.5', [...stages(`${three} prepare`), ...`${three} preprepare prepare postprepare`.split(' ')]],
  ])('are run by %s %s in this order', (name, version, expected) => {
    expect(ran(name, version)).toEqual(expected)
  })

  test('that concern development are not run in production by yarn 1, and by pnpm since 11', () => {
    expect(ran('yarn-classic', '1.22.22', ['dev']).filter((event) => event.startsWith('prep'))).toEqual([])
    expect(ran('pnpm', '10.34.9', ['dev'])).toContain('postprepare')
    expect(ran('pnpm', '11.28.11', ['dev'])).toEqual([...three.split(' '), ...each('b', three), ...each('a', three)])
  })

  test('are the compilation of an addon that says nothing else, but for Yarn', () => {
    const addon = { ...withScripts(), installScripts: new Map([['install', 'node-gyp rebuild']]) }
    const rules = { member: ['install'], project: ['install'] }
    expect(ownScripts(new Map([['', addon]]), rules)).toEqual([
      { dir: '', event: 'install', command: 'node-gyp rebuild' },
    ])
    expect(ownScripts(new Map([['', addon]]), { ...rules, hasNoGyp: true })).toEqual([])
  })
})

describe('of an install script', () => {
  test.each([
    ['husky', undefined],
    ['husky install', undefined],
    ['husky install .config/husky', undefined],
    ['is-ci || husky install', undefined],
    ['husky || true', undefined],
    ['npx simple-git-hooks', undefined],
    ['lefthook install -f', undefined],
    ['git config core.hooksPath .githooks || true', undefined],
    ['opencollective-postinstall || true', undefined],
    ['npx only-allow pnpm', undefined],
    ['npx  --yes only-allow@1.2.1 pnpm', undefined],
    ['husky install && patch-package', 'husky install && patch-package'],
    ['lefthook install && patch-package', 'true && patch-package'],
    ['npx -y only-allow pnpm && node ./prepare.js', 'true && node ./prepare.js'],
    ['patch-package', 'patch-package'],
    ['is-ci || npm run build', 'is-ci || npm run build'],
    ['node -e "husky install"', 'node -e "husky install"'],
    ['lefthook install > log', 'lefthook install > log'],
    ['lefthook run check', 'lefthook run check'],
    ['husky-run install', 'husky-run install'],
    ['git config core.autocrlf false', 'git config core.autocrlf false'],
  ])('%j a build runs %j', (command, essential) => {
    expect(necessityOf(command, 'pnpm')).toEqual({ kind: 'run', command: essential })
  })

  test('that allows one package manager only, any other is refused, whichever Yarn it is', () => {
    expect(necessityOf('npx only-allow pnpm', 'npm')).toEqual({ kind: 'refused', wanted: 'pnpm' })
    expect(necessityOf('npx only-allow yarn', 'yarn-berry')).toEqual({ kind: 'run', command: undefined })
    expect(necessityOf('echo "npx only-allow pnpm"', 'npm').kind).toBe('run')
  })
})

test('what was changed since a moment are the packages themselves, not those that hold them, nor caches and programs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'changes-'))
  const [work, modules] = [join(dir, 'work'), join(dir, 'modules')]
  const write = (path: string, text = '') => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  for (const root of [work, modules]) {
    for (const name of ['a', 'a/node_modules/in-a', '@s/b', '@s/same', 'gone', '.pnpm/c@1/node_modules/c'])
      write(join(root, 'node_modules', name, 'lib/index.js'))
    symlinkSync('.pnpm/c@1/node_modules/c', join(root, 'node_modules/c'))
    write(join(root, 'packages/m/node_modules/d/index.js'))
  }
  const mark = markTime(join(dir, 'mark'))
  expect(findChanges({ work, modules, mark })).toEqual({ changed: [], removed: [] })
  write(join(work, 'node_modules/a/node_modules/in-a/lib/index.js'), 'changed')
  write(join(work, 'node_modules/@s/b/lib/new.js'))
  write(join(work, 'node_modules/c/lib/index.js'), 'changed')
  write(join(work, 'packages/m/node_modules/d/index.js'), 'changed')
  write(join(work, 'node_modules/.prisma/client/index.js'))
  write(join(work, 'node_modules/.cache/x'))
  write(join(work, 'node_modules/.bin/x'))
  symlinkSync('../packages/m', join(work, 'node_modules/linked'))
  rmSync(join(work, 'node_modules/gone'), { recursive: true })
  expect(findChanges({ work, modules, mark })).toEqual({
    changed: [
      'node_modules/.pnpm/c@1/node_modules/c',
      'node_modules/.prisma',
      'node_modules/@s/b',
      'node_modules/a/node_modules/in-a',
      'node_modules/linked',
      'packages/m/node_modules/d',
    ],
    removed: ['node_modules/gone'],
  })
  rmSync(dir, { recursive: true })
})

test('a command is told on a terminal as one line, of which nothing is obeyed', () => {
  expect(told('echo \u001b[2J\u009b1m\nrm\r\u0000')).toBe('echo \\u001b[2J\\u009b1m\\u000arm\\u000d\\u0000')
  expect(told('tsc -p ä && echo "ready"')).toBe('tsc -p ä && echo "ready"')
})
