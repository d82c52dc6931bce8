// Converting a uv.lock of 1 MB and a poetry.lock of 450 KB whose pins are known, against node's own start. The locks are made here: as
// many packages as it takes, each with the wheels of a package in C for every Python and system, a third of them in Python alone.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, ms, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'dist/lock2build.cjs')
const scratch = mkdtempSync(join(tmpdir(), 'bench-convert-python-'))
const pythons = ['cp310', 'cp311', 'cp312', 'cp313', 'cp314']
const platforms = [
  'manylinux_2_17_x86_64.manylinux2014_x86_64',
  'manylinux_2_17_aarch64.manylinux2014_aarch64',
  'musllinux_1_2_x86_64',
  'macosx_11_0_arm64',
  'macosx_10_9_x86_64',
  'win_amd64',
]

const server = await serve()
try {
  const uv = project('uv', { 'uv.lock': uvLock(1_000_000) })
  const poetry = project('poetry', { 'poetry.lock': poetryLock(450_000, server.url) })
  for (const folder of [uv, poetry]) await convert(folder)
  const result = measure(
    {
      node: { command: [process.execPath, '-e', '0'] },
      'uv.lock': { command: [process.execPath, cli, '-C', uv, '--offline'] },
      'poetry.lock': { command: [process.execPath, cli, '-C', poetry, '--offline'] },
    },
    9,
  )
  for (const name of ['uv.lock', 'poetry.lock']) {
    const above = result[name].wall - result.node.wall
    console.log(`  ${name}: ${ms(result[name].cpu)} of CPU, node ${ms(result.node.cpu)}`)
    verdict(`converting a ${name} whose pins are known, beyond node itself`, ms(above), 'at most 150 ms', above <= 150)
  }
} finally {
  server.close()
}

function names(count) {
  return Array.from({ length: count }, (_, at) => `pkg-${String(at).padStart(4, '0')}`)
}

function filesOf(name) {
  const plain = name.replaceAll('-', '_')
  const tags =
    Number(name.slice(-1)) % 3 === 0
      ? ['py3-none-any']
      : pythons.flatMap((python) => platforms.map((platform) => `${python}-${python}-${platform}`))
  return [...tags.map((tags) => `${plain}-1.0-${tags}.whl`), `${plain}-1.0.tar.gz`]
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex')
}

function needsOf(name) {
  const at = Number(name.slice(-4))
  return [at * 2 + 1, at * 2 + 2].map((next) => `pkg-${String(next).padStart(4, '0')}`)
}

function grown(size, head, entryOf) {
  let count = 0
  for (let length = 0; length < size; count += 1) length += entryOf(names(count + 1)[count], new Set()).length
  const all = new Set(names(count))
  return head + [...all].map((name) => entryOf(name, all)).join('')
}

function uvLock(size) {
  const head =
    'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n[[package]]\nname = "bench"\nversion = "1.0.0"\nsource = { virtual = "." }\ndependencies = [{ name = "pkg-0000" }]\n\n[package.metadata]\nrequires-dist = [{ name = "pkg-0000" }]\n'
  return grown(size, head, (name, all) => {
    const files = filesOf(name).map(
      (file) =>
        `{ url = "https://files.example/packages/aa/bb/${sha256(file)}/${file}", hash = "sha256:${sha256(file)}", size = 123456, upload-time = "2025-01-01T00:00:00Z" }`,
    )
    const needs = needsOf(name)
      .filter((need) => all.has(need))
      .map((need) => `    { name = "${need}", marker = "python_full_version >= '3.10'" },\n`)
    return `\n[[package]]\nname = "${name}"\nversion = "1.0"\nsource = { registry = "https://pypi.org/simple" }\n${needs.length === 0 ? '' : `dependencies = [\n${needs.join('')}]\n`}sdist = ${files.at(-1)}\nwheels = [\n${files
      .slice(0, -1)
      .map((file) => `    ${file},\n`)
      .join('')}]\n`
  })
}

function poetryLock(size, index) {
  const body = grown(size, '', (name, all) => {
    const files = filesOf(name).map((file) => `    {file = "${file}", hash = "sha256:${sha256(file)}"},\n`)
    const needs = needsOf(name)
      .filter((need) => all.has(need))
      .map((need) => `${need} = ">=1.0"\n`)
    return `[[package]]\nname = "${name}"\nversion = "1.0"\ndescription = ""\noptional = false\npython-versions = ">=3.8"\ngroups = ["main"]\nfiles = [\n${files.join('')}]\n\n${needs.length === 0 ? '' : `[package.dependencies]\n${needs.join('')}\n`}[package.source]\ntype = "legacy"\nurl = "${index}"\nreference = "bench"\n\n`
  })
  return `${body}[metadata]\nlock-version = "2.1"\npython-versions = ">=3.10"\n`
}

function project(name, files) {
  const folder = join(scratch, name)
  mkdirSync(folder)
  const manifest =
    '[project]\nname = "bench"\nversion = "1.0.0"\nrequires-python = ">=3.10"\ndependencies = ["pkg-0000"]\n'
  for (const [file, text] of Object.entries({ 'pyproject.toml': manifest, ...files }))
    writeFileSync(join(folder, file), text)
  return folder
}

async function serve() {
  const server = createServer((request, answer) => {
    const name = request.url.split('/').at(-2)
    const files = filesOf(name).map((file) => ({
      filename: file,
      url: `/files/${file}`,
      hashes: { sha256: sha256(file) },
    }))
    answer.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
    answer.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name, files }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/simple`, close: () => server.close() }
}

async function convert(folder) {
  const child = spawn(process.execPath, [cli, '-C', folder, '--quiet'], { stdio: 'inherit' })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`converting ${folder} ended with ${code}`)
}
