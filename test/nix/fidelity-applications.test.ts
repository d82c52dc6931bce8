/** Real applications, built whole in the bare sandbox with the network cut, and then run. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildWithNix, convert, copyProject, removeProject, type Project } from '../support/fidelity.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

describe.skipIf(!hasNix)('an application', () => {
  let store: NixStore
  const projects: Project[] = []
  beforeAll(() => {
    store = openStore()
  })
  afterAll(() => {
    for (const project of projects) removeProject(project)
    store.remove()
  })
  const build = async (name: string, attribute: string) => {
    const project = copyProject(name, 3)
    projects.push(project)
    const { part } = await convert(project)
    return buildWithNix(store, project, part, { attribute })
  }
  /** What a command says in a build of its own, beside the project that was built last. */
  const use = async (command: string, files: Readonly<Record<string, string>> = {}) => {
    const folder = projects.at(-1)?.folder ?? ''
    for (const [name, text] of Object.entries({ ...files, 'use.nix': useNix(command) })) {
      writeFileSync(join(folder, name), text)
    }
    return readFileSync(await store.build(join(folder, 'use.nix'), 'said'), 'utf8')
  }

  test('that eslint, jest, tsc and webpack check and build in the sandbox runs', async () => {
    const result = await build('toolchain', 'package')
    expect(await print(join(result, 'lib/node_modules/fidelity-toolchain/dist/main.js'))).toBe('the sum is 6')
  })

  test('that vite builds is a page with its assets', async () => {
    const root = join(await build('vite-react', 'package'), 'lib/node_modules/fidelity-vite-react/dist')
    const server = await serve(root)
    try {
      const page = await (await fetch(server.url)).text()
      expect(page).toContain('<div id="root">')
      const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '')
      expect(assets.map((path) => extname(path)).sort()).toEqual(['.css', '.js'])
      const texts = await Promise.all(assets.map(async (path) => (await fetch(new URL(path, server.url))).text()))
      expect(texts.some((text) => text.includes('Built in a sandbox'))).toBe(true)
      expect(texts.some((text) => text.includes('#639'))).toBe(true)
    } finally {
      server.close()
    }
  })

  test('that next builds answers', async () => {
    await build('next', 'package')
    const page = await use('node ${./ask-next.mjs} ${project.package} > "$out"', { 'ask-next.mjs': askNext })
    expect(page).toContain('<h1>Built in a sandbox</h1>')
  })

  test('that is a member of a workspace runs with the members it needs', async () => {
    const result = await build('workspace', 'workspaces."@fidelity/app"')
    expect(readdirSync(join(result, 'bin'))).toEqual(['fidelity-app'])
    const program = '${project.workspaces."@fidelity/app"}/bin/fidelity-app'
    expect(await use(`${program} > "$out"`)).toBe('app waits 1m\n')
  })
})

async function print(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  return stdout.trim()
}

function serve(root: string): Promise<{ url: string; close(): void }> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
  const server: Server = createServer((request, response) => {
    const path = join(root, request.url === '/' ? 'index.html' : (request.url ?? ''))
    if (!existsSync(path)) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': types[extname(path)] }).end(readFileSync(path))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ url: `http://127.0.0.1:${port}/`, close: () => server.close() })
    })
  })
}

/** Result of a derivation that may refer to the project's attributes as `project`; store paths exist in a build only. */
function useNix(command: string): string {
  return `{ pkgs ? import <nixpkgs> { } }:
let project = import ./. { inherit pkgs; };
in {
  said = pkgs.stdenv.mkDerivation {
    name = "said";
    nativeBuildInputs = [ pkgs.nodejs ];
    buildCommand = ''${command}'';
  };
}
`
}

/** Starts the application that it is given on a free port of the sandbox, asks for the first page, and stops it. */
const askNext = `import { spawn } from 'node:child_process'
const root = process.argv[2] + '/lib/node_modules/fidelity-next'
const args = [root + '/node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', '0']
const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
for await (const chunk of child.stdout) {
  const url = /http:.+?:\\d+/.exec(String(chunk))?.[0]
  if (url === undefined) continue
  console.log(await (await fetch(url)).text())
  break
}
child.kill()`
