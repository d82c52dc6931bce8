/** Packages whose install scripts leave nothing: npm runs them, we do not, and the trees are equal. Without scripts no sandbox is needed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
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

test('core-js, es5-ext and protobufjs are laid out, and nothing of them runs', async () => {
  const project = writeProject({ 'package.json': { name: 'app', version: '1.0.0', dependencies } })
  made.push(project)
  await runNpm(project, ['install', '--package-lock-only'])
  const lock = readFileSync(join(project.folder, 'package-lock.json'), 'utf8')
  expect(lock.match(/"hasInstallScript": true/g)).toHaveLength(5)
  const { part } = await convert(project)
  expect(JSON.stringify(part.plan)).not.toContain('"scripts"')
  const built = await buildEmbedded(program, {
    project: project.folder,
    cache: temporaryCache(),
    environment,
    words: ['-A', 'nodeModules'],
  })
  expect(built.code, built.stderr).toBe(0)
  const result = String(built.report['result'])
  expect(readFileSync(join(result, '../build.json'), 'utf8')).toContain('"sandbox": "unneeded"')
  await installWithNpm(project)
  const differences = treeDiff(join(project.folder, 'node_modules'), join(result, 'node_modules'), {
    skip: (path) => path === '.package-lock.json',
    limit: Number.MAX_SAFE_INTEGER,
  })
  // Results are read-only.
  expect(differences.filter((line) => !/: mode [67]\d\d on the left, [45]\d\d on the right$/.test(line))).toEqual([])
  expect(differences.length).toBeGreaterThan(1000)
})

test('a package of such a name with another script has it run', async () => {
  const lock = {
    name: 'app',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'app', version: '1.0.0', dependencies: { 'core-js': 'file:core-js.tgz' } },
    },
  }
  const project = writeProject({
    'package.json': { name: 'app', version: '1.0.0', dependencies: { 'core-js': 'file:core-js.tgz' } },
    'package-lock.json': lock,
    'package/package.json': {
      name: 'core-js',
      version: '3.40.0',
      scripts: { postinstall: `node -e "try{require('./postinstall')}catch(e){}"` },
    },
    'package/postinstall.js': 'require("fs").writeFileSync("made", "")\n',
  })
  made.push(project)
  await runNpm(project, ['pack', './package', '--ignore-scripts'])
  writeFileSync(join(project.folder, 'core-js.tgz'), readFileSync(join(project.folder, 'core-js-3.40.0.tgz')))
  await runNpm(project, ['install', '--package-lock-only'])
  const built = await buildEmbedded(program, {
    project: project.folder,
    cache: temporaryCache(),
    environment,
    words: ['-A', 'nodeModules'],
  })
  expect(built.code, built.stderr).toBe(0)
  expect(readFileSync(join(String(built.report['result']), 'node_modules/core-js/made'), 'utf8')).toBe('')
})
