/** Nix and the embedded builder make the same of a PHP project; in Nix with the network cut. */
import { mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printSri } from '../../src/digest/sri.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { readSpec } from '../../src/spec/read.ts'
import { installProgram, startProgram } from '../support/cli.ts'
import { hasPhp, hostPhp } from '../support/host-php.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { runComposer, runResult, startPhpProject } from '../support/php-project.ts'

describe.skipIf(!hasNix || !hasPhp)('a PHP project', () => {
  test.each(['plain', 'everything'] as const)(
    '(%s) is the same from Nix and from the embedded builder',
    async (kind) => {
      const program = await installProgram()
      const project = await startPhpProject(kind)
      // Only composer.lock says that it is needed.
      const store = openStore({ php: hostPhp(['calendar']) })
      const { folder, packagist } = project
      const environment = { ...project.environment, XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'cache-')) }
      const network = kind === 'plain' ? {} : ({ network: 'open' } as const)
      try {
        await runComposer(folder, ['update', '--no-install', '--no-plugins'], project)
        for (const attribute of ['vendor', 'package']) {
          const words = ['build', '--with', 'embedded', '-A', attribute, '-o', `result-${attribute}`]
          const { code, stderr } = await startProgram(program, words, { cwd: folder, environment })
          expect(code, stderr).toBe(0)
        }
        const spec = readSpec(readFileSync(join(folder, 'lock2build/spec.json'), 'utf8'), 'spec.json')
        const sources = Object.values(spec.ecosystems['php']?.sources ?? {})
        await store.add(
          sources.flatMap((source) =>
            'urls' in source ? [{ name: source.name, bytes: packagist.archive(source.urls[0] ?? '') }] : [],
          ),
        )
        const digest = async (path: string) => printSri(await narDigestOfTree(realpathSync(path)))
        const byNix = await store.build(folder, 'vendor', network)
        expect(await digest(byNix)).toBe(await digest(join(folder, 'result-vendor')))
        const pristine = await store.build(folder, 'package.pristine')
        expect(await digest(pristine)).toBe(await digest(join(folder, 'result-package')))
        const built = await store.build(folder, 'package')
        expect(readFileSync(join(built, 'bin/app'), 'utf8')).toMatch(/^exec '\/nix\/store\/[^/]*-php\/bin\/php' /m)
        expect(runResult(join(pristine, 'bin/app'))).toBe('log: prepared 29\n')
      } finally {
        store.remove()
        await project.close()
      }
    },
    120_000,
  )
})
