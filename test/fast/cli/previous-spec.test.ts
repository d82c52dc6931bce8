/** What the last run wrote costs nothing until somebody asks what it says. */
import { expect, test } from 'vitest'
import { PreviousPart } from '../../../src/cli/previous-part.ts'
import { asWrittenAgain, findPreviousSpec, SPEC_FILE } from '../../../src/cli/previous-spec.ts'
import { previousPlan } from '../../../converters/python/builds/previous-plan.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { pythonSpec } from '../../support/python-spec.ts'

const spec = pythonSpec({ targets: ['x86_64-linux/3.12'] })

function findIn(text: string | undefined) {
  return findPreviousSpec({ find: () => text, directories: () => [] })
}

const files = [{ path: SPEC_FILE, text: printSpec(spec), owner: 'lock2build' }] as const

test('a text that is written again word for word is not read', () => {
  expect(asWrittenAgain(findIn(printSpec(spec)), { spec, files }).spec).toBe(spec)
  const text = 'not JSON'
  const broken = [{ path: SPEC_FILE, text, owner: 'lock2build' }] as const
  expect(asWrittenAgain(findIn(text), { spec, files: broken })).toEqual({ text, spec, problems: [] })
})

test('another text says what it says, and why it cannot be read', () => {
  const other = { ...spec, systems: ['aarch64-linux'] }
  expect(asWrittenAgain(findIn(printSpec(other)), { spec, files })).toMatchObject({ spec: other, problems: [] })
  const broken = asWrittenAgain(findIn('{'), { spec, files })
  expect(broken.spec).toBeUndefined()
  expect(broken.problems).toMatchObject([{ code: 'spec-invalid' }])
  expect(asWrittenAgain(findIn(undefined), { spec, files })).toMatchObject({ spec: undefined, problems: [] })
})

test('the plan of the last run is read when something of it is asked for, not before', () => {
  let isRead = false
  const previous = {
    get spec() {
      isRead = true
      return spec
    },
  }
  const plan = previousPlan(new PreviousPart(previous, 'python'))
  expect(isRead).toBe(false)
  expect(plan?.targets).toEqual(['x86_64-linux/3.12'])
  expect(isRead).toBe(true)
})

test('an ecosystem that the last run did not have has neither sources nor a plan', () => {
  for (const name of ['node', 'constructor']) {
    const part = new PreviousPart({ spec }, name)
    expect([part.sources, part.plan]).toEqual([{}, {}])
  }
})
