/** Packages whose install scripts leave nothing: npm runs them, we do not, and the trees are equal. Without scripts no sandbox is needed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { areInert } from '../../converters/node/build/shim/inert-scripts.ts'
import { installProgram } from '../support/cli.ts'
import { buildEmbedded, temporaryCache } from '../support/embedded.ts'
import { convert, installWithNpm, removeProject, runNpm, writeProject, type Project } from '../support/fidelity.ts'
import { treeDiff } from '../support/tree-diff.ts'

const environment = { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }
let program = ''
beforeAll(async () => {
  program = await installProgram()
})
const made: Project[] = []
afterEach(() => made.splice(0).forEach(removeProject))

const dependencies = {
  'core-js': '3.40.0',
  'core-js-2': 'npm:core-js@2.6.12',
  'core-js-pure': '3.4.2',
  'es5-ext': '0.10.64',
  protobufjs: '7.4.0',
}

const banner = `node -e "try{require('./postinstall')}catch(e){}"`

/** The result, and what it was made in. */
async function build({ folder }: Project) {
  const options = { project: folder, cache: temporaryCache(), environment, words: ['-A', 'nodeModules'] }
  const { code, stderr, report } = await buildEmbedded(program, options)
  expect(code, stderr).toBe(0)
  const result = String(report['result'])
  return { result, record: readFileSync(join(result, '../build.json'), 'utf8') }
}

test('core-js, es5-ext and protobufjs are laid out, and nothing of them runs', async () => {
  const project = writeProject({ 'package.json': { name: 'app', version: '1.0.0', dependencies } })
  made.push(project)
  await runNpm(project, ['install', '--package-lock-only'])
  const lock = readFileSync(join(project.folder, 'package-lock.json'), 'utf8')
  expect(lock.match(/"hasInstallScript": true/g)).toHaveLength(5)
  const { part } = await convert(project)
  expect(JSON.stringify(part.plan)).not.toContain('"scripts"')
  const { result, record } = await build(project)
  expect(record).toContain('"sandbox": "unneeded"')
  await installWithNpm(project)
  const differences = treeDiff(join(project.folder, 'node_modules'), join(result, 'node_modules'), {
    skip: (path) => path === '.package-lock.json',
    limit: Number.MAX_SAFE_INTEGER,
  })
  // Results are read-only.
  expect(differences.filter((line) => !/: mode [67]\d\d on the left, [45]\d\d on the right$/.test(line))).toEqual([])
  expect(differences.length).toBeGreaterThan(1000)
  expectKnownFile(readFileSync(join(result, 'node_modules/core-js/postinstall.js'), 'utf8'))
})

/** A file that is known, and what makes a difference nevertheless. */
function expectKnownFile(text: string): void {
  const other = writeProject({ 'postinstall.js': text, 'a/package.json': '{}' })
  made.push(other)
  const isInert = (scripts: Readonly<Record<string, string>>, below = '') =>
    areInert(new Map(Object.entries(scripts)), join(other.folder, below))
  expect(isInert({ postinstall: banner })).toBe(true)
  expect(isInert({ postinstall: 'node ./postinstall.js || exit 0' })).toBe(true)
  expect(isInert({ postinstall: `${banner} && touch made` })).toBe(false)
  expect(isInert({ postinstall: 'node ../postinstall' }, 'a')).toBe(false)
  expect(isInert({ install: banner })).toBe(false)
  expect(isInert({ postinstall: banner, install: 'make' })).toBe(false)
  // node would rather take it.
  writeFileSync(join(other.folder, 'postinstall'), '')
  expect(isInert({ postinstall: banner })).toBe(false)
}

test('a package of such a name with another script has it run', async () => {
  const project = writeProject({
    'package.json': { name: 'app', version: '1.0.0', dependencies: { 'core-js': 'file:core-js-3.40.0.tgz' } },
    'package/package.json': { name: 'core-js', version: '3.40.0', scripts: { postinstall: banner } },
    'package/postinstall.js': 'require("fs").writeFileSync("made", "")\n',
  })
  made.push(project)
  await runNpm(project, ['pack', './package', '--ignore-scripts'])
  await runNpm(project, ['install', '--package-lock-only'])
  const { result } = await build(project)
  expect(readFileSync(join(result, 'node_modules/core-js/made'), 'utf8')).toBe('')
})
