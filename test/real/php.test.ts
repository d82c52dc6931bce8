/** A PHP project with everything: resolved and installed by the real Composer, and by us. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installProgram, startProgram, textsOf, type Ran } from '../support/cli.ts'
import { composer2nix } from '../support/composer2nix.ts'
import { hasPhp } from '../support/host-php.ts'
import { equalSuffix, runComposer, runResult, startPhpProject, type PhpProject } from '../support/php-project.ts'
import { emptyCache } from '../support/registry-project.ts'
import { treeDiff } from '../support/tree-diff.ts'

describe.skipIf(!hasPhp)('a project of archives, a private one, a repository, a directory and a plugin', () => {
  let project: PhpProject
  let program: string
  /** Installed by Composer itself. */
  let reference: string
  const cache = emptyCache()
  beforeAll(async () => {
    program = await installProgram()
    project = await startPhpProject('everything')
    await runComposer(project.folder, ['update', '--no-install', '--no-scripts', '--no-plugins'], project)
    reference = project.copy()
    await runComposer(reference, ['install'], project)
  }, 60_000)
  afterAll(() => project.close())

  const run = async (cwd: string, ...words: readonly string[]): Promise<Ran> => {
    const ran = await startProgram(program, words, {
      cwd,
      environment: { ...project.environment, XDG_CACHE_HOME: cache },
    })
    expect(ran.code, ran.stderr).toBe(0)
    return ran
  }

  test('the lock file that is written is Composer’s own, in the project or kept aside', async () => {
    const fresh = project.copy()
    rmSync(join(fresh, 'composer.lock'))
    await run(fresh, 'resolve', '--no-write-lock')
    expect(existsSync(join(fresh, 'composer.lock'))).toBe(false)
    await run(fresh, 'build', '--with', 'embedded')
    expect(existsSync(join(fresh, 'result/share/php/acme-app/composer.lock'))).toBe(true)
    expect(existsSync(join(fresh, 'result/share/php/acme-app/lock2build'))).toBe(false)
    const { stderr } = await run(fresh, 'resolve')
    expect(stderr).toMatch(/resolved with Composer \d/)
    expect(readFileSync(join(fresh, 'composer.lock'), 'utf8')).toBe(
      readFileSync(join(project.folder, 'composer.lock'), 'utf8'),
    )
  }, 60_000)

  test('vendor is what composer install leaves, byte for byte, but for the history of the repository', async () => {
    const converted = project.copy()
    await run(converted, 'build', '--with', 'embedded', '-A', 'vendor')
    const differences = treeDiff(join(reference, 'vendor'), join(converted, 'result'), {
      skip: (path) => path === 'acme/lib/.git',
      content: equalSuffix(reference),
      limit: 1000,
    })
    // Results are read-only; what is executable is compared.
    expect(
      differences.filter((line) => !/: mode (?:644|755) on the left, (?:444|555) on the right$/.test(line)),
    ).toEqual([])
    expect(differences.filter((line) => /mode 755 .* 444|mode 644 .* 555/.test(line))).toEqual([])
    expect(readFileSync(join(converted, 'result/plugin.txt'), 'utf8')).toBe('App.php\n')
    const texts = JSON.stringify(textsOf(join(converted, 'lock2build')))
    expect(texts).not.toContain('s3cret')
  }, 60_000)

  test('package has what it needs to run, and nothing else; its scripts have run, from archives that are there already', async () => {
    const converted = project.copy()
    const before = project.packagist.requests.length
    await run(converted, 'build', '--with', 'embedded')
    expect(project.packagist.requests.slice(before).filter((path) => path.endsWith('.zip'))).toEqual([])
    expect(runResult(join(converted, 'result/bin/app'))).toBe('log: prepared 29\n')
    expect(existsSync(join(converted, 'result/share/php/acme-app/vendor/acme/tests'))).toBe(false)
    await run(converted, 'build', '--with', 'embedded', '--no-install-scripts', '-o', 'result-bare')
    expect(existsSync(join(converted, 'result-bare/share/php/acme-app/prepared.txt'))).toBe(false)
  }, 60_000)

  test('what composer2nix wrote is migrated, and the project builds', async () => {
    const old = project.copy()
    for (const [path, text] of Object.entries(composer2nix)) writeFileSync(join(old, path), text)
    const { stderr } = await run(old, 'migrate', '--write')
    expect(stderr).toMatch(/can go when the new build works[^]*composer-env\.nix default\.nix php-packages\.nix/)
    await run(old, 'build', '--with', 'embedded')
    expect(runResult(join(old, 'result/bin/app'))).toBe('log: prepared 29\n')
  }, 60_000)

  test('a new release is told before it is taken', async () => {
    const converted = project.copy()
    await run(converted)
    project.packagist.add({ name: 'acme/base', version: '1.1.0' })
    const { stdout, stderr } = await run(converted, 'update', '--dry-run')
    expect(stdout + stderr).toMatch(/acme\/base.*1\.0\.1.*1\.1\.0/)
  }, 60_000)
})
