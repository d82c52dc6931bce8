/** Resolving through a project's own tool, as its user sees it: the tool is a small script that goes by the name of one. */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject, runProgram, textsOf, type Ran } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'

const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

let program = ''
beforeAll(async () => {
  program = await installProgram()
})

const files = { 'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n[tool.pdm]\n', 'app.py': 'print()\n' }

/** Runs lock2build where `pdm` is a script. */
function run(words: readonly string[], project: string, script: string): Ran {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'))
  const text = `#!/bin/sh\n[ "$1" = --version ] && echo 'PDM, version 2.22.4' && exit\n${script}\n`
  writeFileSync(join(bin, 'pdm'), text)
  chmodSync(join(bin, 'pdm'), 0o755)
  return runProgram(program, words, { cwd: project, environment: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } })
}

test('the lock file is copied into the project, and who made it is said', () => {
  const project = makeProject(files)
  const ran = run(['resolve'], project, 'echo spoiled > app.py; echo locked > pdm.lock')
  expect(ran.stderr).toContain('resolved with PDM 2.22.4  (pyproject.toml has [tool.pdm])\n  new       pdm.lock\n')
  expect(ran.code).toBe(0)
  expect(textsOf(project)).toEqual({ ...files, 'pdm.lock': 'locked\n' })
})

test('the report names tool, version and reason', () => {
  const ran = run(['resolve', '--json', '--dry-run'], makeProject(files), 'echo locked > pdm.lock')
  expect(JSON.parse(ran.stdout)).toMatchObject({
    resolved: [
      {
        ecosystem: 'python',
        tool: 'PDM',
        toolVersion: '2.22.4',
        reason: 'pyproject.toml has [tool.pdm]',
        files: [{ path: 'pdm.lock', state: 'new' }],
      },
    ],
  })
})

test('when it fails, its words are shown, nothing is written, and the exit code is 7', () => {
  const project = makeProject(files)
  const script =
    'echo half > pdm.lock; printf "\\033[31mno version of \\033[1mms\\033[0m\\n\\033]0;title\\007fits\\n" >&2; exit 1'
  const ran = run(['resolve'], project, script)
  expect(ran.stderr).toContain(
    'tool-failed: PDM 2.22.4 does not resolve this project: exit code 1\n| no version of ms\n| fits\nhint: ',
  )
  expect(ran.code).toBe(7)
  expect(textsOf(project)).toEqual(files)
  const json: unknown = JSON.parse(run(['resolve', '--json'], project, script).stdout)
  expect(json).toMatchObject({
    exitCode: 7,
    problems: [{ code: 'tool-failed', details: ['no version of ms', 'fits'] }],
  })
  expect(schemaFaults(schema, json)).toEqual([])
})

test('a registry that is not reached is the network: exit code 6', () => {
  const ran = run(['resolve'], makeProject(files), 'echo "ConnectError: name or service not known" >&2; exit 1')
  expect(ran.stderr).toContain('network: PDM 2.22.4 cannot reach what it asks\n| ConnectError')
  expect(ran.code).toBe(6)
})
