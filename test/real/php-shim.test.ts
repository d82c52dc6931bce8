/** What php-shim.php refuses, and what of this machine's PHP it is run by. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { joinPhp } from '../../scripts/join-php.mjs'
import { findPhpTool } from '../../src/build/php-tool.ts'
import { makeProject } from '../support/cli.ts'
import { hasPhp } from '../support/host-php.ts'
import { problemsOf } from '../support/problems-of.ts'

let shim: string
beforeAll(async () => {
  shim = join(mkdtempSync(join(tmpdir(), 'shim-')), 'php-shim.php')
  writeFileSync(shim, await joinPhp(join(import.meta.dirname, '../../converters/php/build/shim')))
})

interface Change {
  readonly command?: string
  readonly composer?: string
  readonly files?: Readonly<Record<string, string>>
  readonly job?: Readonly<Record<string, unknown>>
}

const locked = {
  name: 'acme/log',
  version: '1.0.0',
  source: { type: 'git', url: 'https://git.example/log', reference: 'a1' },
}
const lockOf = (packages: readonly object[]) => JSON.stringify({ packages, 'packages-dev': [] })

function run({ command = 'vendor', files = {}, job = {} }: Change) {
  const folder = mkdtempSync(join(tmpdir(), 'shim-'))
  const project = makeProject({ 'composer.json': '{}', 'composer.lock': lockOf([]), ...files })
  const text = JSON.stringify({
    // Whatever gets that far.
    composer: '/bin/false',
    project,
    lock: 'composer.lock',
    packages: [],
    dev: true,
    scripts: false,
    plugins: true,
    vendorDir: 'vendor',
    work: join(folder, 'work'),
    workers: 1,
    out: join(folder, 'out'),
    ...job,
  })
  writeFileSync(join(folder, 'job.json'), text)
  const { status, stderr } = spawnSync('php', [shim, command, join(folder, 'job.json')], { encoding: 'utf8' })
  return { status, stderr }
}

describe.skipIf(!hasPhp)('the shim', () => {
  test.each([
    [
      'a package that was not converted',
      { files: { 'composer.lock': lockOf([locked]) } },
      /names "acme\/log 1\.0\.0", which/,
    ],
    [
      'a package whose name is for a terminal',
      { files: { 'composer.lock': lockOf([{ ...locked, name: 'acme/\u001b[2Jlog\u009b' }]) } },
      /names "acme\/\\u001b\[2jlog\\u009b 1\.0\.0", which/,
    ],
    [
      'a commit that was not converted',
      {
        files: { 'composer.lock': lockOf([locked]) },
        job: { packages: [{ name: 'Acme/Log', version: '1.0.0', reference: 'b2', directory: '/nowhere' }] },
      },
      /run lock2build again/,
    ],
    ['a lock file that is no JSON', { files: { 'composer.lock': '{' } }, /composer\.lock is not JSON/],
    ['a command that it does not know', { command: 'publish' }, /no command is called publish/],
    ['what Composer refuses', {}, /composer install ended with exit code 1/],
  ] as const)('refuses %s, in a sentence', (_, change: Change, message) => {
    const { status, stderr } = run(change)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^lock2build: /)
    expect(status).toBe(1)
  })
})

describe.skipIf(!hasPhp)('the PHP of this machine', () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'))
  const find = (environment: Readonly<Record<string, string | undefined>>, chosen?: string) =>
    findPhpTool({ chosen, environment, cache })

  test('is found with its Composer, and what it reads of its configuration', () => {
    const tool = find(process.env)
    expect(tool.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(tool.composerVersion).toMatch(/^\d+\.\d+\.\d+/)
    expect(find(process.env)).toEqual(tool)
    expect(tool.directories.every((path) => !tool.directories.some((other) => path.startsWith(`${other}/`)))).toBe(true)
  })

  test('another set of extensions is another tool', () => {
    const bare = find({ ...process.env, PHP_INI_SCAN_DIR: mkdtempSync(join(tmpdir(), 'ini-')) })
    expect(bare.digest).not.toBe(find(process.env).digest)
  })

  test.each([
    ['no PHP at all', { PATH: '/nonexistent' }, undefined, /there is no php on PATH/],
    ['a path that holds none', process.env, '/nonexistent', /there is no PHP at/],
    ['a program that is none', process.env, '/bin/echo', /does not say which version/],
  ])('is told when there is %s', async (_, environment, chosen, message) => {
    const [problem] = await problemsOf(() => void find(environment, chosen))
    expect(problem?.message).toMatch(message)
    expect(problem?.hint).toMatch(/--php PATH|bin\/php/)
  })
})
