/** `preferred-install` of composer.json: which packages Composer clones. https://getcomposer.org/doc/06-config.md#preferred-install */
import { expect, test } from 'vitest'
import { getManifest } from '../../../../converters/php/readers/manifest.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'

function prefersSource(preferred: unknown, name: string): boolean {
  const text = JSON.stringify({ config: { 'preferred-install': preferred } })
  const files = { find: () => text } as unknown as ProjectFiles
  return getManifest(files, 'composer.lock').prefersSource(name)
}

test.each([
  ['source', 'acme/app', true],
  ['dist', 'acme/app', false],
  [{ 'acme/*': 'source', '*': 'dist' }, 'acme/app', true],
  [{ 'acme/*': 'source', '*': 'dist' }, 'Acme/App', true],
  [{ 'acme/*': 'source', '*': 'dist' }, 'acmes/app', false],
  [{ 'acme/app': 'source' }, 'acme/app', true],
  [{ 'acme/app': 'source' }, 'acme/apps', false],
  [{ 'a*/*p': 'source' }, 'acme/app', true],
  [{ 'acme/app*p': 'source' }, 'acme/app', false],
  [{ 'acme/+p.*': 'source' }, 'acme/+pp', false],
  [{ '*': 'dist', 'acme/*': 'source' }, 'acme/app', false],
])('%j: %s, %s', (preferred, name, expected) => {
  expect(prefersSource(preferred, name)).toBe(expected)
})

test('a pattern of many stars is answered at once', () => {
  expect(prefersSource({ [`${'a*'.repeat(2_000)}b`]: 'source' }, 'a'.repeat(4_000))).toBe(false)
})
