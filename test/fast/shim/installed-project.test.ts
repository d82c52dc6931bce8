import { expect, test } from 'vitest'
import { refuseOverrides } from '../../../converters/node/build/shim/installed-project.ts'

const why = 'pnpm installs by itself here.'

test.each([
  ['patches', { overrides: { sharp: { patches: ['/a.patch'] } } }, 'overrides["sharp"]: pnpm installs by itself here.'],
  ['scripts switched off', { overrides: { sharp: { scripts: false } } }, 'overrides["sharp"]'],
  ['another source', { overrides: { sharp: {} }, replaced: ['sharp@1.0.0'] }, 'overrides["sharp@1.0.0"]'],
])('where a package manager installs by itself, an override is refused that names %s', (_, job, message) => {
  expect(() => refuseOverrides(job, why)).toThrow(message)
})

test('one that adds inputs to the build is none of the package manager’s business', () => {
  expect(() => refuseOverrides({ overrides: { sharp: {} }, replaced: [] }, why)).not.toThrow()
})
