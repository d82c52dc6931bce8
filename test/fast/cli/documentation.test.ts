import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { allOptions, environmentName } from '../../../src/cli/options.ts'

const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const page = text('docs/commands.md')

test('docs/commands.md names every command, every option and every setting', () => {
  for (const { usage } of commands) expect(page).toContain(usage)
  for (const row of allOptions) {
    const option = `--${row.on === true ? 'no-' : ''}${row.name}${row.value === undefined ? '' : ` ${row.value}`}\``
    expect(page, option).toContain(option)
    if (row.setting !== undefined) expect(page).toContain(environmentName(row))
  }
})

test('docs/commands.md names no option that does not exist', () => {
  const known = new Set(allOptions.flatMap((row) => [`--${row.name}`, `--no-${row.name}`]))
  const foreign = new Set([
    '--type',
    '--development',
    '--package-lock-only',
    '--input',
    '--supplement-input',
    '--strip-optional-dependencies',
    '--pkg-name',
    '--registry-auth-token',
    '--unconstrained',
    '--max-old-space-size',
  ])
  const named = [...page.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option)
  expect(named.filter((option) => !known.has(option) && !foreign.has(option))).toEqual([])
})

test('the settings of the table, the schema and the reader are the same', () => {
  const schema = JSON.parse(text('schema/config.json')) as { properties: Record<string, unknown> }
  const settings = allOptions.flatMap((row) => row.setting ?? [])
  expect(Object.keys(schema.properties).sort()).toEqual(['$schema', ...settings, 'env'].sort())
})

test('the schema of reports knows the version, the help and the failure of every command', () => {
  const { oneOf } = JSON.parse(text('schema/report.json')) as {
    readonly oneOf: readonly { readonly properties: { readonly command?: { readonly enum?: readonly string[] } } }[]
  }
  const names = commands.map(({ name }) => name).sort()
  for (const { properties } of oneOf.slice(-3)) {
    const listed = properties.command?.enum?.filter((name) => name !== '')
    expect(listed?.toSorted()).toEqual(names)
  }
})
