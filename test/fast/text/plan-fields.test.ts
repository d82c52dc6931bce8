import { expect, test } from 'vitest'
import { readPlan as readNodePlan } from '../../../converters/node/plan-reader.ts'
import { readPlan as readPythonPlan } from '../../../converters/python/plan-reader.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const node = { places: {}, local: {} }
const python = { targets: [], projects: {}, packages: {} }

test.each<[string, JsonObject, string, string]>([
  ['a list of places', { ...node, places: [] }, 'spec-invalid', 'plan: places is not an object'],
  ['a place that is a text', { ...node, places: { a: 'x' } }, 'spec-invalid', 'plan: places["a"] is not an object'],
  ['a source that is a number', { ...node, places: { a: { source: 1 } } }, 'spec-invalid', 'is not a text'],
  ['flags that are a text', { ...node, places: { a: { flags: 'dev' } } }, 'spec-invalid', 'is not a list'],
  ['a directory outside', { ...node, local: { '../x': {} } }, 'path-escapes', '"../x" leaves the project'],
  ['a patch outside', { ...node, places: { a: { patches: ['/etc/passwd'] } } }, 'path-escapes', 'leaves the project'],
  ['a place outside', { ...node, places: { 'node_modules/../../x': {} } }, 'path-escapes', 'leaves the project'],
  ['a link outside', { ...node, places: { a: { link: '/etc' } } }, 'path-escapes', '"/etc" leaves the project'],
  ['a manager without a name', { ...node, manager: {} }, 'spec-invalid', 'plan: "manager.name" is not a text'],
])('the node plan refuses %s', (_, plan, code, message) => {
  const [problem] = thrownProblems(() => readNodePlan(plan))
  expect(problem).toMatchObject({ code, message: expect.stringContaining(message) })
})

test.each<[string, JsonObject, string, string]>([
  ['packages that are none', { ...python, packages: 1 }, 'spec-invalid', 'plan: packages is not an object'],
  ['a package without a name', { ...python, packages: { a: {} } }, 'spec-invalid', 'plan: "a.name" is not a text'],
  ['a project outside', { ...python, projects: { '/x': {} } }, 'path-escapes', '"/x" leaves the project'],
  [
    'a project around a corner',
    { ...python, projects: { '../x/../y': {} } },
    'path-escapes',
    '"x/../y" leaves the project',
  ],
])('the Python plan refuses %s', (_, plan, code, message) => {
  const [problem] = thrownProblems(() => readPythonPlan(plan))
  expect(problem).toMatchObject({ code, message: expect.stringContaining(message) })
})
