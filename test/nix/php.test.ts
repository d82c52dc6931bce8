/** Nix and the embedded builder make the same of a PHP project; Nix with the network cut, unless it has to clone. */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { printSri } from '../../src/digest/sri.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { readSpec } from '../../src/spec/read.ts'
import { installProgram, makeProject, startProgram } from '../support/cli.ts'
import { hasPhp, hostPhp } from '../support/host-php.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { treeDiff } from '../support/tree-diff.ts'
import { equalSuffix, runComposer, runResult, startPhpProject, type PhpProject } from '../support/php-project.ts'

describe.skipIf(!hasNix || !hasPhp)('a PHP project', async () => {
  // Only composer.lock says that it is needed.
  const store = openStore({ php: hostPhp(['calendar']) })
  afterAll(() => store.remove())
  const program = await installProgram()
  const cache = mkdtempSync(join(tmpdir(), 'cache-'))

  /** Locked by Composer, and built without Nix; its archives are in the store. */
  const prepare = async (project: PhpProject, attributes: readonly string[]): Promise<void> => {
    const { folder, packagist } = project
    await runComposer(folder, ['update', '--no-install', '--no-plugins'], project)
    const environment = { ...project.environment, XDG_CACHE_HOME: cache }
    for (const attribute of attributes) {
      const words = ['build', '--with', 'embedded', '-A', attribute, '-o', `result-${attribute}`]
      const { code, stderr } = await startProgram(program, words, { cwd: folder, environment })
      expect(code, stderr).toBe(0)
    }
    const spec = readSpec(readFileSync(join(folder, 'lock2build/spec.json'), 'utf8'), 'spec.json')
    const archives = Object.values(spec.ecosystems['php']?.sources ?? {}).flatMap((source) =>
      'urls' in source ? [{ name: source.name, bytes: packagist.archive(source.urls[0] ?? '') }] : [],
    )
    await store.add(archives)
  }
  const digest = async (path: string) => printSri(await narDigestOfTree(realpathSync(path)))

  test('of archives: all is the same from both, and its PHP has what composer.lock asks for', async () => {
    const project = await startPhpProject('plain')
    const settings = { env: { SUFFIX: ` it's "$HOME"` } }
    writeFileSync(join(project.folder, 'lock2build.config.json'), JSON.stringify(settings))
    try {
      await prepare(project, ['package', 'vendor'])
      const vendor = await store.build(project.folder, 'vendor')
      expect(await digest(vendor)).toBe(await digest(join(project.folder, 'result-vendor')))
      const pristine = await store.build(project.folder, 'package.pristine')
      expect(await digest(pristine)).toBe(await digest(join(project.folder, 'result-package')))
      expect(runResult(join(pristine, 'bin/app'))).toBe(`log: prepared it's "$HOME" 29\n`)
      const built = await store.build(project.folder, 'package')
      expect(readFileSync(join(built, 'bin/app'), 'utf8')).toMatch(/^exec '\/nix\/store\/[^/]*-php\/bin\/php' /m)
      await composerInShell(project)
    } finally {
      await project.close()
    }
  }, 120_000)

  test('with path repositories beside it: what Composer copies, the same from both', async () => {
    const root = makeProject({
      'packages/local/composer.json':
        '{ "name": "acme/local", "version": "1.0.0", "autoload": { "classmap": ["src"] }, "bin": ["tool"] }',
      'packages/local/src/A.php': '<?php class A { const IT = "local"; }\n',
      'packages/local/tool': '#!/usr/bin/env php\n<?php echo "tool";\n',
      'packages/local/.gitattributes': '/NOTES export-ignore\n',
      'packages/local/NOTES': 'not copied\n',
      'apps/project/composer.json': '{ "name": "acme/near", "version": "2.0.0" }',
      'apps/web/own/composer.json': '{ "name": "acme/own", "version": "3.0.0" }',
      'apps/web/web': '#!/usr/bin/env php\n<?php require __DIR__ . "/vendor/autoload.php"; echo A::IT;\n',
      'apps/web/composer.json': JSON.stringify({
        name: 'acme/web',
        repositories: [
          ...['../../packages/*', '../project', 'own'].map((url) => ({ type: 'path', url })),
          { 'packagist.org': false },
        ],
        require: { 'acme/local': '1.0.0', 'acme/near': '2.0.0', 'acme/own': '3.0.0' },
        bin: ['web'],
      }),
    })
    execFileSync('git', ['init', '--quiet', root])
    const environment = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_HOME: mkdtempSync(join(tmpdir(), 'composer-')) }
    const folder = join(root, 'apps/web')
    await runComposer(folder, ['update', '--no-install'], { environment })
    const reference = join(mkdtempSync(join(tmpdir(), 'reference-')), 'copy')
    cpSync(root, reference, { recursive: true })
    const mirrored = { environment: { ...environment, COMPOSER_MIRROR_PATH_REPOS: '1' } }
    await runComposer(join(reference, 'apps/web'), ['install'], mirrored)
    for (const attribute of ['vendor', 'package']) {
      const words = ['build', '--with', 'embedded', '-A', attribute, '-o', `result-${attribute}`]
      const options = { cwd: folder, environment: { ...environment, XDG_CACHE_HOME: cache } }
      const { code, stderr } = await startProgram(program, words, options)
      expect(code, stderr).toBe(0)
    }
    const copied = join(reference, 'apps/web')
    const options = { content: equalSuffix(copied), limit: 1000 }
    const differences = treeDiff(join(copied, 'vendor'), join(folder, 'result-vendor'), options)
    // Results are read-only; what is executable is compared.
    const other = differences.filter((line) => !/: mode (?:644 .* 444|755 .* 555) on the right$/.test(line))
    expect(other).toEqual([])
    expect(await digest(await store.build(folder, 'vendor'))).toBe(await digest(join(folder, 'result-vendor')))
    const pristine = await store.build(folder, 'package.pristine')
    expect(await digest(pristine)).toBe(await digest(join(folder, 'result-package')))
    expect(runResult(join(pristine, 'bin/web'))).toBe('local')
  }, 120_000)

  /** In the development shell Composer installs without network. This machine's Composer: the stand-in's runs in builds only. */
  async function composerInShell({ folder, environment }: PhpProject): Promise<void> {
    mkdirSync(join(store.root, 'nix'), { recursive: true })
    const script = 'mount --bind "$1/nix" /nix && cd "$2" && exec nix-shell -A shell --run "$3"'
    const command = '/usr/bin/php /usr/bin/composer install --no-interaction --no-scripts'
    const flags = process.getuid?.() === 0 ? ['-mn'] : ['-rmn']
    const words = [...flags, 'sh', '-c', script, 'sh', store.root, folder, command]
    await promisify(execFile)('unshare', words, { env: { ...store.environment, ...environment } })
    expect(existsSync(join(folder, 'vendor/acme/log/src/Log.php'))).toBe(true)
  }

  test('with a repository, a directory, a private archive and a plugin: vendor is the same from both', async () => {
    const project = await startPhpProject('everything')
    try {
      await prepare(project, ['vendor'])
      const byNix = await store.build(project.folder, 'vendor', { network: 'open' })
      expect(await digest(byNix)).toBe(await digest(join(project.folder, 'result-vendor')))
    } finally {
      await project.close()
    }
  }, 120_000)
})
