/** Names of a hostile lock file: no text of it makes a look at it take long. */
import { expect, test } from 'vitest'
import { composerLock } from '../../../../converters/php/readers/composer-lock/composer-lock.ts'
import { isPlatform } from '../../../../converters/php/readers/platform.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { problemsOf } from '../../../support/problems-of.ts'

const long = `${'a'.repeat(10_000)}!`

test('a long name that is none is refused', async () => {
  const texts: Readonly<Record<string, string>> = {
    'composer.json': '{}',
    'composer.lock': JSON.stringify({ packages: [{ name: `acme/${long}`, version: '1.0.0' }], 'packages-dev': [] }),
  }
  const files = { find: (path: string) => texts[path] } as ProjectFiles
  const context = { file: 'composer.lock', files, userConfig: [], environment: {} }
  const problems = await problemsOf(() => void composerLock.read(context))
  expect(problems.map(({ code }) => code)).toContain('name-invalid')
})

test.each([
  ['php', true],
  ['ext-zend-opcache', true],
  ['ext-pdo_sqlite', true],
  ['lib-icu.uc', true],
  ['ext-', false],
  ['ext-a--b', false],
  [`ext-${long}`, false],
  ['acme/ext-a', false],
])('%.20s: %s', (name, isOne) => {
  expect(isPlatform(name)).toBe(isOne)
})
