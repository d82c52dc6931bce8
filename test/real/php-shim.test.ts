/** What php-shim.php refuses, and what of this machine's PHP it is run by. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { joinPhp } from '../../scripts/join-php.mjs'
import { findPhpTool } from '../../src/build/php-tool.ts'
import { makeProject } from '../support/cli.ts'
import { hasPhp } from '../support/host-php.ts'
import { packZip } from '../support/packagist.ts'
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
  return { status, stderr, out: join(folder, 'out') }
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

/** The Composer of this machine, which tidies its cache in every run: else one in fifty does. */
function tidyingComposer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'composer-'))
  const { composer } = findPhpTool({
    chosen: undefined,
    environment: process.env,
    cache: mkdtempSync(join(tmpdir(), 'cache-')),
  })
  const path = join(folder, 'composer.php')
  const chance = 'namespace Composer { function random_int($from, $to) { return $from; } }'
  writeFileSync(path, `<?php ${chance}\nnamespace { require ${JSON.stringify(composer)}; }\n`)
  return path
}

test.skipIf(!hasPhp)('archives of 1970, as all in a store are, stay in the cache when Composer tidies it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'zip-')), 'log.zip')
  writeFileSync(file, packZip({ name: 'acme/log', version: '1.0.0' }))
  utimesSync(file, 1, 1)
  const url = 'http://127.0.0.1:9/log.zip'
  const packages = [{ name: 'acme/log', version: '1.0.0', dist: { type: 'zip', url, reference: 'a1' } }]
  const { status, stderr, out } = run({
    files: { 'composer.json': '{"require":{"acme/log":"*"}}', 'composer.lock': lockOf(packages) },
    job: {
      composer: tidyingComposer(),
      packages: [{ name: 'acme/log', version: '1.0.0', type: 'zip', urls: [url], file }],
    },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(existsSync(join(out, 'acme/log/composer.json'))).toBe(true)
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
