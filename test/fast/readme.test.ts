import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codes } from '../../src/problem.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('the README lists every problem code with its exit code and meaning', () => {
  const table = readme.split('<!-- problems:')[1]?.split('\n\n')[0] ?? ''
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (.+) \|$/gm)].map((m) => [
    m[1],
    { exit: Number(m[2]), text: m[3] },
  ])
  expect(Object.fromEntries(rows)).toEqual(codes)
})

test('the README documents every exit code that a problem can have', () => {
  const table = readme.split('## Exit codes')[1]?.split('## ')[0] ?? ''
  for (const { exit } of Object.values(codes)) expect(table).toMatch(new RegExp(`^\\| ${exit} \\|`, 'm'))
})

test('every file that the README links to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
    .map((m) => m[1] ?? '')
    .filter((link) => !link.includes(':') && !link.endsWith('/'))
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) expect(() => readFileSync(new URL(`../../${link}`, import.meta.url)), link).not.toThrow()
})
