import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { allOptions } from '../../../src/cli/options.ts'
import { installProgram, makeProject, runProgram } from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const script = (shell: string) => runProgram(program, ['completion', shell]).stdout

describe('bash', () => {
  const folder = makeProject({ 'sub/x': '', 'package-lock.json': '' })

  /** What bash offers for the last of these words. */
  function complete(...words: readonly string[]): readonly string[] {
    const line = `${script('bash')}
COMP_WORDS=(lock2build ${words.map((word) => JSON.stringify(word)).join(' ')})
COMP_CWORD=${words.length}
_lock2build
printf '%s\\n' "\${COMPREPLY[@]}"`
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], { cwd: folder, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return stdout.split('\n').filter((word) => word !== '')
  }

  test('offers commands, options and directories', () => {
    expect(complete('c')).toEqual(['check', 'cache', 'completion'])
    expect(complete('--d')).toEqual(['--dry-run', '--directory'])
    expect(complete('su')).toEqual(['sub'])
    expect(complete('check', '--f')).toEqual(['--flake'])
    expect(complete('hash', '--n')).toEqual(['--nar', '--no-color'])
  })

  test('offers the values an option can have', () => {
    expect(complete('--omit', '')).toEqual(['dev', 'optional', 'peer'])
    expect(complete('hash', '--to', 's')).toEqual(['sri'])
    expect(complete('--lock', 'pack')).toEqual(['package-lock.json'])
    expect(complete('-C', 's')).toEqual(['sub'])
    expect(complete('completion', 'z')).toEqual(['zsh'])
  })
})

test.each(['zsh', 'fish'])('the script for %s names every command and every option', (shell) => {
  const text = script(shell)
  for (const { name } of commands.slice(1)) expect(text).toContain(name)
  for (const { name } of allOptions) expect(text).toMatch(new RegExp(`-(?:no-|l (?:no-)?)?${name}\\b`))
})

test('another shell is a problem that names the ones there are', () => {
  expect(runProgram(program, ['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('bash, zsh, fish'),
  })
  expect(runProgram(program, ['completion']).code).toBe(2)
})
