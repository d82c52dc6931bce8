/** A build in a clone: what is known of another directory with the same files is not found out again, and nothing more is believed. */
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject, npmProject, runProgram } from '../../support/cli.ts'
import { packedArchive } from '../../support/managed-sources.ts'

const scratch = (name: string) => mkdtempSync(join(tmpdir(), `${name}-`))

let program: string
/** The program's chunk that reads npm's lock files. */
let reader: string
/** A project whose spec is known to be what its lock file gives, and the cache that knows. */
let project: string
let cache: string
beforeAll(async () => {
  program = await installProgram()
  const chunks = join(dirname(program), 'chunks')
  const [name = '', ...others] = readdirSync(chunks).filter((each) => each.startsWith('npm-lock-'))
  expect(others).toEqual([])
  reader = join(chunks, name)
  project = makeProject(npmProject({}))
  cache = scratch('cache')
  // The first one converts, the second one compares.
  for (const _ of [1, 2]) expect(build(project).code).toBe(0)
})

interface Options {
  /** The user's. */
  readonly home?: string
  readonly environment?: Readonly<Record<string, string>>
}

function build(directory: string, { home = cache, environment = {} }: Options = {}) {
  const words = ['build', '--with', 'embedded', '-A', 'nodeModules', '-C', directory, '--no-out-link', '--offline']
  return runProgram(program, words, { environment: { XDG_CACHE_HOME: cache, HOME: home, ...environment } })
}

function cloned(): string {
  const clone = join(scratch('clone'), 'app')
  cpSync(project, clone, { recursive: true })
  return clone
}

describe('without what reads lock files', () => {
  function buildWithout(directory: string, options: Options = {}) {
    const text = readFileSync(reader)
    rmSync(reader)
    try {
      return build(directory, options)
    } finally {
      writeFileSync(reader, text)
    }
  }

  test('a clone is built', () => {
    expect(buildWithout(cloned())).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') })
  })

  const changes: Readonly<Record<string, (at: (path: string) => string) => Options>> = {
    'the lock file': (at) => (appendFileSync(at('package-lock.json'), '\n'), {}),
    'the manifest': (at) => (appendFileSync(at('package.json'), '\n'), {}),
    'the configuration of npm in it': (at) => (writeFileSync(at('.npmrc'), 'omit=dev\n'), {}),
    'another lock file beside it': (at) => (writeFileSync(at('deno.lock'), '{}\n'), {}),
    'what lock2build wrote': (at) => (appendFileSync(at('lock2build/node.nix'), '# not ours\n'), {}),
    'a file of ours that it does not have': (at) => (writeFileSync(at('lock2build/php.nix'), ''), {}),
    'a directory for a file': (at) => (rmSync(at('lock2build/node.nix')), mkdirSync(at('lock2build/node.nix')), {}),
    'a setting': () => ({ environment: { LOCK2BUILD_REGISTRY: 'https://registry.example' } }),
    'a variable of npm': () => ({ environment: { npm_config_registry: 'https://registry.example' } }),
    'the user’s configuration of npm': () => {
      const home = scratch('home')
      writeFileSync(join(home, '.npmrc'), 'registry=https://registry.example\n')
      return { home }
    },
  }

  test.each(Object.entries(changes))('a clone is looked at where something differs: %s', (_, change) => {
    const clone = cloned()
    const options = change((path) => join(clone, path))
    expect(buildWithout(clone, options)).toMatchObject({ code: 70, stderr: expect.stringContaining(basename(reader)) })
  })

  test('a project with an archive of its own is looked at each time', () => {
    const path = 'vendor/packed.tgz'
    const archive = packedArchive()
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
    const root = { name: 'app', version: '1.0.0', dependencies: { packed: `file:${path}` } }
    const packed = { version: '0.1.0', resolved: `file:${path}`, integrity }
    const lock = { ...root, lockfileVersion: 3, packages: { '': root, 'node_modules/packed': packed } }
    const files = { 'package.json': JSON.stringify(root), 'package-lock.json': JSON.stringify(lock), [path]: archive }
    const own = makeProject(files)
    for (const _ of [1, 2]) expect(build(own)).toMatchObject({ code: 0 })
    expect(buildWithout(own).code).toBe(70)
  })

  test('a variable that the project’s configuration mentions is a part of it', () => {
    const mentioning = cloned()
    writeFileSync(join(mentioning, '.npmrc'), 'registry=https://${HOST}/npm\n')
    const at = (host: string): Options => ({ environment: { HOST: host } })
    expect(build(mentioning, at('one.example')).code).toBe(0)
    expect(buildWithout(mentioning, at('one.example')).code).toBe(0)
    expect(buildWithout(mentioning, at('two.example')).code).toBe(70)
  })
})

test('what differs is converted anew', () => {
  const clone = cloned()
  for (const [path, text] of Object.entries(npmProject({ ms: '2.1.3' }))) writeFileSync(join(clone, path), text)
  build(clone)
  expect(readFileSync(join(clone, 'lock2build/spec.json'), 'utf8')).toContain('ms@2.1.3')
})

test('what lock2build wrote is put right', () => {
  const clone = cloned()
  const file = join(clone, 'lock2build/node.nix')
  appendFileSync(file, '# not ours\n')
  expect(build(clone)).toMatchObject({ code: 0, stderr: expect.stringContaining('updated   lock2build/node.nix') })
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(project, 'lock2build/node.nix'), 'utf8'))
})
