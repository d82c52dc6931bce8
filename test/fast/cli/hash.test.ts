import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram, makeProject, runProgram } from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const project = makeProject({ 'a.txt': 'hello\n', 'folder/b.txt': 'hello\n' })
const hash = (...words: readonly string[]) => runProgram(program, ['hash', ...words], { cwd: project })

// As nix-hash prints them.
const hello = {
  sri: 'sha256-WJG1tSLV3whtDYPXHNlQ4TeDLoG5hbNTi6Rj/XXLZ7I=',
  hex: createHash('sha256').update('hello\n').digest('hex'),
  base64: createHash('sha256').update('hello\n').digest('base64'),
}

test('every spelling is converted into every other', () => {
  const { sri, hex, base64, nix32 } = JSON.parse(hash('--file', 'a.txt', '--json').stdout) as Record<string, string>
  const spelled = { sri, hex, base64, nix32 }
  expect(sri).toBe(`sha256-${hello.base64}`)
  expect(hex).toBe(hello.hex)
  for (const [from, text = ''] of Object.entries(spelled)) {
    for (const [to, expected = ''] of Object.entries(spelled)) {
      const { code, stdout, stderr } = hash(text, '--to', to, ...(from === 'sri' ? [] : ['--algorithm', 'sha256']))
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${expected}\n`, stderr: '' })
    }
  }
})

test('without --to all spellings are printed, one a line', () => {
  const lines = hash(`sha256:${hello.hex}`).stdout.split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['algorithm', 'sri', 'hex', 'base64', 'nix32', ''])
})

test('--algorithm chooses what is computed', () => {
  for (const algorithm of ['md5', 'sha1', 'sha512']) {
    expect(hash('--file', 'a.txt', '--algorithm', algorithm, '--to', 'hex').stdout.trim()).toBe(
      createHash(algorithm).update('hello\n').digest('hex'),
    )
  }
})

test('--nar hashes as nix-hash does, and --store-path tells where the result is', () => {
  // nix-hash --type sha256 --base32 a.txt; nix-store --add-fixed --recursive sha256 a.txt
  const file = JSON.parse(hash('--nar', 'a.txt', '--store-path', 'a.txt', '--json').stdout) as Record<string, string>
  const again = JSON.parse(
    hash('--nar', join(project, 'folder/b.txt'), '--store-path', 'a.txt', '--json').stdout,
  ) as Record<string, string>
  expect(again).toEqual(file)
  expect(file['storePath']).toMatch(/^\/nix\/store\/[0-9a-z]{32}-a\.txt$/)
  expect(hash('--nar', 'folder').stdout).not.toBe(hash('--nar', 'a.txt').stdout)
})

test('a bare digest needs its algorithm, and a store path a name the store takes', () => {
  expect(hash(hello.hex)).toMatchObject({ code: 4, stdout: '' })
  expect(hash(hello.hex, '--algorithm', 'sha256').code).toBe(0)
  expect(hash('--file', 'a.txt', '--store-path', '.x/y')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is not a name the Nix store takes'),
  })
})

test('standard input is the file -', () => {
  const { stdout } = runProgram('-e', [
    `process.stdout.write(require('child_process').execFileSync(process.execPath, [${JSON.stringify(program)}, 'hash', '--file', '-', '--to', 'hex'], { input: 'hello\\n' }))`,
  ])
  expect(stdout.trim()).toBe(hello.hex)
})
