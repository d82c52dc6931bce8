/** docs/fidelity-python.md is written by a script: what it says is what is compared, and with which exceptions. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pythonCases } from '../../support/python-cases.ts'
import { pageWith } from '../../support/python-page.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(`${root}docs/fidelity-python.md`, 'utf8')

test('the page has a row for every project, and every exception with its reason', () => {
  expect(pageWith(page, new Map())).toBe(page)
  const rows = [...page.matchAll(/^\| `([\w.-]+)` \|/gm)].map(([, project]) => project)
  expect(rows).toEqual(pythonCases.map(({ project }) => project).sort())
})

test('every committed project is compared', () => {
  const committed = pythonCases.filter(({ serve }) => serve === undefined).map(({ project }) => project)
  expect(readdirSync(`${root}test/fidelity-locks/python`).sort()).toEqual(committed.sort())
})
