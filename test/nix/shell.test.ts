/** `nix-shell -A shell`: node and the dependencies at hand in the working directory, which stays the developer's own. */
import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasNix, openStore } from '../support/nix.ts'
import { writeNixProject } from '../support/nix-project.ts'

describe.skipIf(!hasNix)('the development shell', () => {
  const store = openStore()
  const made = writeNixProject({
    packages: [
      {
        name: 'greet',
        version: '1.0.0',
        manifest: { bin: 'greet.js' },
        files: {
          'index.js': "module.exports = 'hello'\n",
          'greet.js': "#!/usr/bin/env node\nconsole.log('from its bin')\n",
        },
      },
    ],
    local: { 'packages/member': { name: 'member', version: '1.0.0', workspace: true } },
    files: { 'packages/member/index.js': "module.exports = 'before'\n" },
  })
  const modules = join(made.folder, 'node_modules')
  beforeAll(async () => {
    await made.seed(store)
    await store.build(made.folder, 'shell')
  })
  beforeEach(() => rmSync(modules, { recursive: true, force: true }))
  afterAll(() => [made, store].forEach((each) => each.remove()))

  /** nix-shell starts a shell of this machine, so the store is mounted where its paths say it is. */
  const inShell = async (command: string, folder = made.folder) => {
    const script = 'mount --bind "$1/nix" /nix && cd "$2" && exec nix-shell "$3" -A shell --run "$4"'
    const flags = process.getuid?.() === 0 ? ['-mn'] : ['-rmn']
    mkdirSync(join(store.root, 'nix'), { recursive: true })
    const args = [...flags, 'sh', '-c', script, 'sh', store.root, folder, made.folder, command]
    return (await promisify(execFile)('unshare', args, { env: { ...store.environment } })).stdout
  }

  test('node, the dependencies and their programs are there', async () => {
    expect(await inShell('node -p "require(\'greet\')"; greet')).toBe('hello\nfrom its bin\n')
  })

  test('a member of the workspace is the one in the working directory', async () => {
    await inShell('true')
    writeFileSync(join(made.folder, 'packages/member/index.js'), "module.exports = 'after'\n")
    expect(await inShell('node -p "require(\'member\')"')).toBe('after\n')
  })

  test('entering again is no change, and follows a changed tree', async () => {
    await inShell('true')
    const before = readlinkSync(join(modules, 'greet'))
    await inShell('true')
    expect(readlinkSync(join(modules, 'greet'))).toBe(before)
  })

  test("a node_modules of the developer's is left alone", async () => {
    mkdirSync(join(modules, 'mine'), { recursive: true })
    writeFileSync(join(modules, 'mine/index.js'), "module.exports = 'mine'\n")
    expect(await inShell('node -p "require(\'mine\')"')).toBe('mine\n')
    expect(readFileSync(join(modules, 'mine/index.js'), 'utf8')).toContain('mine')
    expect(existsSync(join(modules, 'greet'))).toBe(false)
    expect(lstatSync(modules).isSymbolicLink()).toBe(false)
  })

  test('nothing is linked into a directory that is no package', async () => {
    const elsewhere = join(store.root, '..', 'elsewhere')
    mkdirSync(elsewhere)
    await inShell('true', elsewhere)
    expect(existsSync(join(elsewhere, 'node_modules'))).toBe(false)
  })
})
