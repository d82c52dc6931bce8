/** `lock2build build --with embedded`: what it makes, what it says, and what it leaves behind when something goes wrong. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { findDifference } from '../../src/build/compare-trees.ts'
import { installProgram } from '../support/cli.ts'
import {
  buildEmbedded,
  buildProject,
  pathWithoutBubblewrap,
  startEmbedded,
  temporaryCache,
  unfinished,
} from '../support/embedded.ts'

const builds = "require('node:fs').writeFileSync('made.txt', 'made')\n"
const fails = "console.log('about to fail'); process.exit(3)\n"
let program = ''
beforeAll(async () => {
  program = await installProgram()
})

describe('a result', () => {
  let project = ''
  let cache = ''
  beforeAll(async () => {
    project = buildProject(builds)
    cache = temporaryCache()
    const built = await buildEmbedded(program, { project, cache })
    expect(built.code, built.stderr).toBe(0)
    expect(built.report).toMatchObject({ attribute: 'package', with: 'embedded', link: join(project, 'result') })
    expect(built.report['built']).toEqual(['app-node-modules', 'app-1.0.0'])
  })

  test('is the application, and runs when it was copied elsewhere and the cache is gone', () => {
    expect(readFileSync(join(project, 'result/lib/node_modules/app/made.txt'), 'utf8')).toBe('made')
    const away = mkdtempSync(join(tmpdir(), 'away-'))
    execFileSync('cp', ['-r', `${join(project, 'result')}/.`, away])
    expect(execFileSync(join(away, 'bin/app'), { encoding: 'utf8' })).toBe('it works\n')
  })

  test('is read-only, as old as every other one, and holds no path of the cache', () => {
    for (const path of walk(realpathSync(join(project, 'result')))) {
      const stats = lstatSync(path)
      expect(stats.mtimeMs, path).toBe(1000)
      if (stats.isSymbolicLink()) expect(readlinkSync(path)).not.toContain(cache)
      else expect(stats.mode & 0o7777, path).toBe(stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o555 : 0o444)
      if (stats.isFile()) expect(readFileSync(path).includes(cache)).toBe(false)
    }
  })

  test('is kept alive by its link, which cache prune knows', () => {
    const roots = join(cache, 'lock2build/roots')
    expect(readdirSync(roots).map((name) => readlinkSync(join(roots, name)))).toEqual([join(project, 'result')])
  })

  test('is not built again, and is built anew when a source changes', async () => {
    const again = await buildEmbedded(program, { project, cache })
    expect(again.report['built']).toEqual([])
    expect(again.stderr).toContain('nothing to do')
    appendFileSync(join(project, 'app.js'), '// changed\n')
    const changed = await buildEmbedded(program, { project, cache })
    expect(changed.report['built']).toEqual(['app-1.0.0'])
    expect(changed.report['key']).not.toBe(again.report['key'])
  })
})

test('the same project gives the same key and the same bytes in another directory and another cache', async () => {
  const results = []
  for (const variant of [{}, { environment: { LANG: 'de_DE.UTF-8', TZ: 'Asia/Tokyo' } }]) {
    const project = buildProject(builds)
    const { report, stderr } = await buildEmbedded(program, { project, cache: temporaryCache(), ...variant })
    results.push({ key: report['key'], result: String(report['result']), stderr })
  }
  const [one, other] = results
  expect(one?.key).toMatch(/^[0-9a-f]{64}$/)
  expect(one?.key).toBe(other?.key)
  expect(findDifference(one?.result ?? '', other?.result ?? '')).toBe(undefined)
})

test('variables of the project reach its install scripts and its build script; another value installs nothing anew', async () => {
  const own = { NODE_OPTIONS: '--require ./first.cjs', CI: 'false', HOME_: '' }
  const settings = (title: string) => JSON.stringify({ env: { ...own, TITLE: title } })
  const title = `it's "$HOME" \${x} \\ \n`
  const scripts = { prepare: 'node note.js', build: 'node note.js' }
  const project = buildProject('', {
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', scripts }),
    'lock2build.config.json': settings(title),
    'first.cjs': 'globalThis.first = 1\n',
    'note.js': `const { npm_lifecycle_event: event, TITLE, CI, HOME_ } = process.env
require('node:fs').writeFileSync(event + '.json', JSON.stringify([globalThis.first, TITLE, CI, HOME_]))\n`,
  })
  const cache = temporaryCache()
  const { code, stderr } = await buildEmbedded(program, { project, cache })
  expect(code, stderr).toBe(0)
  for (const event of ['prepare', 'build']) {
    const noted = readFileSync(join(project, 'result/lib/node_modules/app', `${event}.json`), 'utf8')
    expect(JSON.parse(noted)).toEqual([1, title, 'false', ''])
  }
  writeFileSync(join(project, 'lock2build.config.json'), settings('another'))
  expect((await buildEmbedded(program, { project, cache })).report['built']).toEqual(['app-1.0.0'])
})

describe('attributes and links', () => {
  test('an unknown attribute lists what there is', async () => {
    const { code, stderr } = await build(builds, ['-A', 'pakage'])
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean `-A package`? there is package, nodeModules')
  })

  test('the tarball is what npm pack makes', async () => {
    const { code, report } = await build(builds, ['-A', 'tarball'])
    expect(code).toBe(0)
    expect(readdirSync(String(report['result']))).toEqual(['app-1.0.0.tgz'])
  })

  test('--no-out-link makes none, --out-link puts it elsewhere', async () => {
    const none = await build(builds, ['--no-out-link'])
    expect(existsSync(join(none.project, 'result'))).toBe(false)
    const other = await build(builds, ['-o', 'somewhere/else'])
    expect(readlinkSync(join(other.project, 'somewhere/else'))).toBe(other.report['result'])
  })

  test.each([
    ['a directory', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a link elsewhere', (path: string) => execFileSync('ln', ['-s', '/usr', path])],
  ])('%s at the place of the link is left alone', async (_, make) => {
    const project = buildProject(builds)
    make(join(project, 'result'))
    const { code, stderr } = await buildEmbedded(program, { project, cache: temporaryCache() })
    expect(code).toBe(8)
    expect(stderr).toContain('not-ours: ')
    expect(existsSync(join(project, 'lock2build'))).toBe(false)
  })
})

describe('a build that fails', () => {
  test('says how, prints its last lines, and keeps its log', async () => {
    const { code, stderr, report } = await build(fails)
    expect(code).toBe(1)
    expect(stderr).toContain('build-failed: the build of app-1.0.0 failed: exit code 1')
    expect(stderr).toContain('about to fail')
    expect(readFileSync(String(report['log']), 'utf8')).toContain('about to fail')
    expect(report['result']).toBe(undefined)
  })

  test('leaves nothing, unless it is asked to keep its directory', async () => {
    const { cache } = await build(fails)
    expect(readdirSync(join(cache, 'lock2build/builds'))).toHaveLength(1)
    expect(unfinished(cache)).toEqual([])
    const kept = await build(fails, ['--keep-failed'])
    const folder = /its directory is kept: (\S+)/.exec(kept.stderr)?.[1] ?? ''
    expect(existsSync(join(folder, 'build/work/build.js'))).toBe(true)
  })

  test('does not touch the link to the last good result', async () => {
    const project = buildProject(builds)
    const cache = temporaryCache()
    await buildEmbedded(program, { project, cache })
    const before = readlinkSync(join(project, 'result'))
    writeFileSync(join(project, 'build.js'), fails)
    expect((await buildEmbedded(program, { project, cache })).code).toBe(1)
    expect(readlinkSync(join(project, 'result'))).toBe(before)
  })
})

describe('--rebuild', () => {
  test('finds the same result again', async () => {
    const { code, stderr } = await build(builds, ['--rebuild'])
    expect(code).toBe(0)
    expect(stderr).toContain('built again: the result is the same')
  })

  test('finds a date that got into the result, and says where', async () => {
    const dated = "require('node:fs').writeFileSync('dated.txt', String(process.hrtime.bigint()))\n"
    const { code, stderr, report } = await build(dated, ['--rebuild'])
    expect(code).toBe(5)
    expect(stderr).toContain(
      'not-reproducible: built again, app-1.0.0 is not the same: "lib/node_modules/app/dated.txt" has another content',
    )
    expect(report['exitCode']).toBe(5)
  })
})

describe('where a build cannot be isolated', () => {
  const noNamespaces = [
    '/usr/bin/unshare',
    '--user',
    '--map-root-user',
    '--',
    '/bin/sh',
    '-c',
    'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
    'sh',
  ]
  const options = () => ({
    project: buildProject(builds),
    cache: temporaryCache(),
    wrapper: noNamespaces,
    environment: { PATH: pathWithoutBubblewrap() },
  })

  test('it says what is missing and how to go on, and builds nothing', async () => {
    const { code, stderr } = await buildEmbedded(program, options())
    expect(code).toBe(1)
    expect(stderr).toContain('sandbox-missing: this machine cannot isolate a build: "bubblewrap is not installed"')
    expect(stderr).toContain('sysctl user.max_user_namespaces=10000')
    expect(stderr).toContain('`--no-sandbox`')
  })

  test('it goes on with --no-sandbox, and keeps the result apart from isolated ones', async () => {
    const open = await buildEmbedded(program, { ...options(), words: ['--no-sandbox'] })
    expect(open.code, open.stderr).toBe(0)
    const closed = await build(builds)
    expect(open.report['key']).not.toBe(closed.report['key'])
    expect(findDifference(String(open.report['result']), String(closed.report['result']))).toBe(undefined)
  })
})

describe('interrupted', () => {
  const slow = (marker: string) => `
    require('node:fs').writeFileSync('started.txt', '')
    setTimeout(() => require('node:fs').writeFileSync('made.txt', 'made'), ${marker === '' ? 0 : 60_000})
    // ${marker}
  `
  const namespaces = { PATH: pathWithoutBubblewrap() }

  test.each([
    ['SIGINT', 'bubblewrap', {}],
    ['SIGTERM', 'bubblewrap', {}],
    ['SIGTERM', 'namespaces', namespaces],
    ['SIGKILL', 'bubblewrap', {}],
    ['SIGKILL', 'namespaces', namespaces],
  ] as const)(
    'by %s in the sandbox of %s, it takes along everything that it started, and the next run finishes',
    async (signal, _, environment) => {
      const marker = `marker-${process.pid}-${Math.random()}`
      const project = buildProject(slow(marker))
      const cache = temporaryCache()
      const child = startEmbedded(program, { project, cache, environment })
      const ended = new Promise((done) => child.once('close', done))
      await until(() => runsIn(cache))
      child.kill(signal)
      await ended
      await until(() => !runsIn(cache))
      if (signal !== 'SIGKILL') expect(unfinished(cache)).toEqual([])
      writeFileSync(join(project, 'build.js'), slow(''))
      const next = await buildEmbedded(program, { project, cache, environment })
      expect(next.code, next.stderr).toBe(0)
      expect(unfinished(cache)).toEqual([])
    },
  )
})

test('two builds at once end in the same result', async () => {
  const project = buildProject(builds)
  const cache = temporaryCache()
  const both = await Promise.all(
    [1, 2].map((at) => buildEmbedded(program, { project, cache, words: ['-o', `r${at}`] })),
  )
  expect(both.map(({ code, stderr }) => [code, stderr.includes('busy')])).toEqual([
    [0, false],
    [0, false],
  ])
  expect(both[0]?.report['result']).toBe(both[1]?.report['result'])
  expect(unfinished(cache)).toEqual([])
})

async function build(script: string, words: readonly string[] = []) {
  const project = buildProject(script)
  const cache = temporaryCache()
  return { project, cache, ...(await buildEmbedded(program, { project, cache, words })) }
}

/** Whether a build script whose project came from this cache is running: its work directory holds the mark of its start. */
function runsIn(cache: string): boolean {
  const { stdout } = spawnSync('find', [join(cache, 'lock2build/tmp'), '-name', 'started.txt'], { encoding: 'utf8' })
  if (stdout.trim() === '') return false
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return running.some((pid) => {
    try {
      const inside = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return (
        inside.includes(' /build ') &&
        inside.includes(cache.slice(cache.lastIndexOf('/') + 1)) &&
        command.includes('build.js')
      )
    } catch {
      return false
    }
  })
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(50)
}

function walk(path: string): readonly string[] {
  if (!lstatSync(path).isDirectory()) return [path]
  return [path, ...readdirSync(path).flatMap((name) => walk(join(path, name)))]
}
