/** What `lock2build resolve` says when npm's resolver cannot: which package, who asks for it, what there is instead. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject } from '../../support/cli.ts'
import type { LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache } from '../../support/registry-project.ts'
import { manifest, placesOf, project, startResolveRuns, type ResolveRuns } from '../../support/resolve-runs.ts'

let registry: LoopbackRegistry
let resolveIn: ResolveRuns['resolveIn']
let problemsOf: ResolveRuns['problemsOf']
beforeAll(async () => {
  ;({ registry, resolveIn, problemsOf } = await startResolveRuns(await installProgram()))
})
afterEach(() => void (registry.fault = undefined))
afterAll(() => registry.close())

test('a conflict names both sides, with the way to each', async () => {
  const { exitCode, problems } = await problemsOf(project({ plugin: '1', host: '2' }))
  expect([exitCode, problems.map(({ code }) => code)]).toEqual([7, ['resolve-conflict']])
  expect(problems[0]).toMatchObject({ file: 'package.json', key: 'dependencies.plugin', line: 5 })
  expect(problems[0]?.message).toBe(
    'the project → plugin@1.0.0 needs host@^1.0.0 beside it, but host@2.0.0 stands there for the project (2)',
  )
})

test('a range without a match says who asks for it, and what there is', async () => {
  const { exitCode, problems } = await problemsOf(project({ 'wants-new': '1' }))
  expect([exitCode, problems[0]?.code, problems[0]?.key]).toEqual([7, 'resolve-no-match', 'dependencies["wants-new"]'])
  expect(problems[0]?.message).toBe(
    'no version of leaf fits "^9.0.0": it has 2 versions, the latest is 1.1.0; the project → wants-new@1.0.0 asks for it',
  )
})

test('what is missing but optional is not named beside it', async () => {
  const { problems } = await problemsOf(project({ maybe: '1', 'wants-new': '1' }))
  expect(problems.map(({ key }) => key)).toEqual(['dependencies["wants-new"]'])
})

test('a tag that does not exist says which do', async () => {
  const { problems } = await problemsOf(project({ leaf: 'beta' }))
  expect(problems[0]).toMatchObject({ code: 'resolve-no-match', line: 5 })
  expect(problems[0]?.message).toBe('leaf has no tag "beta": it has latest, next')
})

test('a package that does not exist says who asks for it', async () => {
  const { exitCode, problems } = await problemsOf(project({ 'wants-gone': '1' }))
  expect([exitCode, problems[0]?.code]).toEqual([6, 'not-found'])
  expect(problems[0]?.message).toMatch(/\/gone" \(status 404\); the project → wants-gone@1\.0\.0 asks for it$/)
})

test.each([
  [401, 'the server refuses'],
  [403, 'the server refuses'],
  [451, 'for legal reasons'],
])('a registry that answers with %d says so', async (status, text) => {
  registry.fault = ({ path }) => (path === '/leaf' ? { kind: 'status', status } : undefined)
  const { exitCode, problems } = await problemsOf(project({ branch: '1' }))
  expect([exitCode, problems[0]?.code, problems[0]?.key]).toEqual([6, 'network', 'dependencies.branch'])
  expect(problems[0]?.message).toContain(text)
})

test('an optional package that does not exist is left out; one that cannot be asked for is not', async () => {
  const folder = project({ maybe: '1' })
  expect((await resolveIn(folder)).code).toBe(0)
  expect(placesOf(folder)).toEqual([' 1.0.0', 'node_modules/leaf 1.1.0', 'node_modules/maybe 1.0.0'])
  registry.fault = ({ path }) => (path === '/gone' ? { kind: 'status', status: 401 } : undefined)
  expect(await problemsOf(project({ maybe: '1' }))).toMatchObject({ exitCode: 6, problems: [{ code: 'network' }] })
})

test('a registry that goes down in the middle: what is missing is named, and the next run goes on', async () => {
  const cache = emptyCache()
  const folder = project({ branch: '1', host: '2', 'loop-a': '1' })
  registry.fault = ({ path }) => (/leaf|loop-b/.test(path) ? { kind: 'status', status: 400 } : undefined)
  const { exitCode, problems } = await problemsOf(folder, { cache })
  expect(exitCode).toBe(6)
  expect(problems.map(({ message }) => /127\.0\.0\.1:\d+(\/[\w-]+)/.exec(message)?.[1]).sort()).toEqual([
    '/leaf',
    '/loop-b',
  ])
  registry.fault = undefined
  const asked = registry.requests.length
  expect((await resolveIn(folder, { cache })).code).toBe(0)
  expect(
    registry.requests
      .slice(asked)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['/leaf', '/loop-b'])
})

test('--offline names what is not kept', async () => {
  const { exitCode, problems } = await problemsOf(project({ branch: '1', host: '2' }), { words: ['--offline'] })
  expect([exitCode, problems.map(({ code }) => code)]).toEqual([6, ['network-needed', 'network-needed']])
})

test('loops of aliases end', async () => {
  const folder = project({ 'loop-a': '1', me: 'npm:loop-a@1', you: 'npm:loop-b@1' })
  expect((await resolveIn(folder)).code).toBe(0)
  expect(placesOf(folder)).toContain('node_modules/again 1.0.0')
  const nested = await problemsOf(project({ a: 'npm:b@npm:a@1' }))
  expect(nested).toMatchObject({ exitCode: 4, problems: [{ code: 'requirement-invalid', line: 5 }] })
})

test.each(['workspace:*', 'catalog:', 'portal:../x'])('%s is refused where npm does not know it', async (range) => {
  const { exitCode, problems } = await problemsOf(project({ leaf: range }))
  expect([exitCode, problems]).toMatchObject([4, [{ code: 'source-unsupported', key: 'dependencies.leaf', line: 5 }]])
})

test('workspace: in a published package names that package', async () => {
  const { problems } = await problemsOf(project({ 'from-workspace': '1' }))
  expect(problems[0]).toMatchObject({ code: 'source-unsupported', key: 'dependencies["from-workspace"]' })
  expect(problems[0]?.message).toContain('the project → from-workspace@1.0.0 asks for it')
})

test('a manifest that is none, a directory without one, a date and a tool that are none', async () => {
  expect((await problemsOf(makeProject({ 'package.json': '{' }))).problems[0]).toMatchObject({
    code: 'manifest-syntax',
  })
  expect((await problemsOf(makeProject({}))).problems[0]).toMatchObject({ code: 'nothing-here' })
  expect(await problemsOf(project({}), { words: ['--before', 'soon'] })).toMatchObject({ exitCode: 2 })
  expect(await problemsOf(project({}), { words: ['--tool', 'bower'] })).toMatchObject({ exitCode: 2 })
})

test('overrides that contradict a dependency, or refer to none', async () => {
  const withOverrides = (overrides: object) =>
    makeProject({ 'package.json': manifest({ dependencies: { leaf: '^1.0.0' }, overrides }) })
  expect(await problemsOf(withOverrides({ leaf: '2.0.0' }))).toMatchObject({
    exitCode: 7,
    problems: [{ code: 'resolve-conflict', key: 'overrides' }],
  })
  expect(await problemsOf(withOverrides({ leaf: '$nobody' }))).toMatchObject({
    exitCode: 4,
    problems: [{ code: 'requirement-invalid', message: expect.stringContaining('"$nobody"') }],
  })
})
