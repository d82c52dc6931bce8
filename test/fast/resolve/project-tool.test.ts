import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Resolution } from '../../../src/model/resolver.ts'
import { openTool, type LockRun, type ToolNeed } from '../../../src/resolve/project-tool.ts'
import { makeProject, textsOf } from '../../support/cli.ts'
import { toolWorld, type ToolWorldOptions } from '../../support/tool-world.ts'

/** A program that says its version, and does what the script says. */
function makeTool(script: string, version = 'echo "tool, version 1.2.3"'): string {
  const program = join(mkdtempSync(join(tmpdir(), 'tool-')), 'tool')
  writeFileSync(program, `#!/bin/sh\nif [ "$1" = --version ]; then ${version}; exit; fi\n${script}\n`)
  chmodSync(program, 0o755)
  return program
}

interface Case extends ToolWorldOptions {
  readonly project?: string
  readonly need?: Partial<ToolNeed>
  readonly run?: Partial<LockRun>
}

async function lock(script: string, { project, need, run, ...options }: Case = {}): Promise<Resolution> {
  const { request, world } = toolWorld(project ?? makeProject({ manifest: 'ms' }), options)
  const tool = await openTool({ name: 'tool', command: [makeTool(script)], get: 'get tool', ...need }, request, world)
  return tool.lock({ args: ['lock'], read: ['tool.lock'], ...run })
}

test('what the tool writes in a copy is what comes of it, and the project is as it was', async () => {
  const project = makeProject({ manifest: 'ms', 'src/a.js': 'a', 'node_modules/ms/index.js': 'x', '.git/HEAD': 'x' })
  const before = textsOf(project)
  const made = await lock(
    'echo more > manifest; touch tool.lock; find . -type f | sort > tool.lock; cat manifest >> tool.lock',
    {
      project,
    },
  )
  expect([...made.files]).toEqual([['tool.lock', './manifest\n./src/a.js\n./tool.lock\nmore\n']])
  expect(made.tool).toEqual({ name: 'tool', version: '1.2.3' })
  expect(textsOf(project)).toEqual(before)
})

test('links are followed within the project, and nothing is written through one that leads out', async () => {
  const outside = makeProject({ shared: 'theirs', 'dir/x': 'x' })
  const project = makeProject({ 'a/file': 'a' })
  mkdirSync(join(project, 'b'))
  symlinkSync('../a', join(project, 'b/inside'))
  symlinkSync(join(project, 'a/file'), join(project, 'b/absolute'))
  symlinkSync(join(outside, 'shared'), join(project, 'shared'))
  symlinkSync(join(outside, 'dir'), join(project, 'dir'))
  symlinkSync('nowhere', join(project, 'broken'))
  const script =
    'cat b/inside/file b/absolute shared > tool.lock; echo x > shared; echo x > b/absolute; ls -d dir >> tool.lock; true'
  const made = await lock(script, { project })
  expect(made.files.get('tool.lock')).toBe('aatheirs')
  expect(textsOf(outside)).toEqual({ shared: 'theirs', 'dir/x': 'x' })
  expect(readFileSync(join(project, 'a/file'), 'utf8')).toBe('a')
})

test('files are written into the copy and removed from it before', async () => {
  const project = makeProject({ manifest: 'ms', 'tool.lock': 'old' })
  const run = { remove: ['tool.lock'], write: new Map([['deep/extra', 'text']]) }
  const made = await lock('test ! -e tool.lock && cp deep/extra tool.lock', { project, run })
  expect(made.files.get('tool.lock')).toBe('text')
})

test('the tool has the home and the variables of its user, but not what npm run says of lock2build, and no terminal', async () => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/home/me',
    TOKEN: 't',
    npm_package_name: 'x',
    GIT_DIR: '/g',
    MINE: '0',
  }
  const script =
    'echo "$HOME $TOKEN ${npm_package_name-none} ${GIT_DIR-none} $MINE ${GONE-none} $(read a || echo deaf)" > tool.lock'
  const need = { environment: { MINE: '1', GONE: undefined } }
  const made = await lock(script, { environment: { ...environment, GONE: 'x' }, need })
  expect(made.files.get('tool.lock')).toBe('/home/me t none none 1 none deaf\n')
})

test('what it leaves running is ended, and not waited for', async () => {
  const made = await lock('sleep 600 & echo $! > tool.lock')
  const id = Number(made.files.get('tool.lock'))
  await expect.poll(() => isRunning(id)).toBe(false)
})

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    // One that has ended stays until its parent looks.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('no tool, and no tool of the right version: the command that gets it', async () => {
  await expect(lock('', { need: { command: undefined } })).rejects.toMatchObject({
    problems: [
      {
        code: 'tool-missing',
        message: expect.stringContaining('there is no tool on PATH'),
        hint: expect.stringContaining('`get tool`'),
      },
    ],
  })
  await expect(lock('', { need: { wanted: '2.0.0' } })).rejects.toMatchObject({
    problems: [{ code: 'tool-missing', message: 'the project asks for tool 2.0.0, and tool on PATH is 1.2.3' }],
  })
})

test('a tool that does not even say its version', async () => {
  const command = [makeTool('', 'echo "no such release" >&2; exit 3')] as const
  await expect(lock('', { need: { command, wanted: '2.0.0' } })).rejects.toMatchObject({
    problems: [
      {
        code: 'tool-missing',
        message: 'tool 2.0.0, which resolves this project, does not start',
        details: ['no such release'],
      },
    ],
  })
})

test('a tool that fails says why in its own words, which name the project and not the copy', async () => {
  const project = makeProject({})
  const script = 'printf "\\033[31mconflict\\033[0m in %s\\n" "$PWD" >&2; exit 2'
  await expect(lock(script, { project })).rejects.toMatchObject({
    problems: [
      {
        code: 'tool-failed',
        message: 'tool 1.2.3 does not resolve this project: exit code 2',
        details: [`conflict in ${project}`],
      },
    ],
  })
})

test('a tool that ends well and writes nothing has failed', async () => {
  await expect(lock('echo done')).rejects.toMatchObject({
    problems: [{ code: 'tool-failed', message: 'tool 1.2.3 ends well, and writes no "tool.lock"', details: ['done'] }],
  })
})

test('a registry that is not reached is the network, or the lack of it when offline', async () => {
  const script = 'echo "getaddrinfo ENOTFOUND packages.example" >&2; exit 1'
  await expect(lock(script)).rejects.toMatchObject({ problems: [{ code: 'network' }] })
  await expect(lock(script, { offline: true })).rejects.toMatchObject({ problems: [{ code: 'network-needed' }] })
})

test('offline, whatever speaks HTTP reaches nothing', async () => {
  const made = await lock('echo "$https_proxy $HTTP_PROXY ${no_proxy-none}" > tool.lock', {
    offline: true,
    environment: { PATH: process.env['PATH'], no_proxy: '*' },
  })
  expect(made.files.get('tool.lock')).toBe('http://127.0.0.1:9 http://127.0.0.1:9 none\n')
})
