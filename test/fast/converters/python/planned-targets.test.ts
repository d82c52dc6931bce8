/** For which systems and Pythons a plan is made. */
import { expect, test } from 'vitest'
import { planTargets } from '../../../../converters/python/planning/planned-targets.ts'
import { problemsOf } from '../../../support/problems-of.ts'

const systems = ['aarch64-darwin', 'x86_64-linux']
const ids = (environments: readonly string[]) =>
  planTargets(systems, { requires: '>=3.12,<3.14', environments }, 'uv.lock').list.map(({ id }) => id)

test('what the lock file is for, where one of its environments holds', () => {
  expect(ids(["sys_platform == 'linux'"])).toEqual(['x86_64-linux/3.12', 'x86_64-linux/3.13'])
  expect(ids(["sys_platform == 'darwin' and python_version < '3.13'", "platform_machine == 'x86_64'"])).toEqual([
    'aarch64-darwin/3.12',
    'x86_64-linux/3.12',
    'x86_64-linux/3.13',
  ])
})

test('a lock file that is for none of the systems is refused, with what it is for', async () => {
  const problems = await problemsOf(() => ids(["sys_platform == 'win32'"]))
  expect(problems).toMatchObject([
    {
      code: 'source-unsupported',
      message: `it is locked where "sys_platform == 'win32'", which is true on none of aarch64-darwin, x86_64-linux`,
    },
  ])
})
