// Compares what lock2build takes for install scripts that leave nothing (converters/node/inert-packages.ts, shim/inert-scripts.ts) with
// the npm registry: every release that is named has such a script, and newer ones are listed, with the digests of what they run, to be
// read before they are added. Downloads some hundred archives.
// Usage: node scripts/inert-scripts.mjs [package …]
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const { DEFAULT_REGISTRY, inertPackages, isInert, loadManifest, readTar } = await loadTypeScript(
  'converters/node/registry.ts',
  'converters/node/inert-packages.ts',
  'converters/node/build/shim/manifest.ts',
  'converters/node/build/shim/archive/tar-reader.ts',
)
const AT_ONCE = 6
/** What decides whether a script is inert, and what it runs. */
const looked = /^(?:package\.json|binding\.gyp|(?:\w+\/)?_?postinstall(?:\.js)?)$/
const limits = { bytes: 2 ** 30, entries: 100_000 }
const events = ['preinstall', 'install', 'postinstall']
const names = process.argv.slice(2)
const scratch = useScratch()
for (const name of names.length > 0 ? names : inertPackages.keys()) await compare(name)

async function compare(name) {
  const { versions } = JSON.parse(await download(`${DEFAULT_REGISTRY}${name}`))
  const scripted = Object.values(versions).filter(
    ({ version, scripts = {} }) => !version.includes('-') && events.some((event) => scripts[event]),
  )
  const found = await inTurns(scripted, look)
  const wrong = found.filter(({ known, inert }) => known && !inert)
  const missing = found.filter(({ known, inert }) => !known && inert)
  const unread = found.filter(({ known, inert }) => !known && !inert)
  console.log(`${name}: ${found.length} releases with scripts, ${found.filter(({ known }) => known).length} named here`)
  for (const { version } of wrong) console.log(`  ${version} is named, and its script is another`)
  for (const { version } of missing) console.log(`  ${version} could be named: its script is known`)
  for (const { version, command, digest } of unread) console.log(`  ${version} runs ${command}: ${digest}`)
  if (wrong.length > 0) process.exitCode = 1
}

async function look({ name, version, scripts, dist }) {
  const directory = mkdtempSync(join(scratch, 'package-'))
  for (const { path, content } of readTar(await download(dist.tarball), `${name}@${version}`, limits)) {
    const file = path.split('/').slice(1).join('/')
    if (!looked.test(file) || content === undefined) continue
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), content)
  }
  const inert = loadManifest(directory).installScripts.size === 0
  const command = events.flatMap((event) => scripts[event] ?? []).join(' && ')
  const digest = digestOf(directory, command)
  rmSync(directory, { recursive: true })
  return { version, known: isInert({ name, version }), inert, command, digest }
}

async function download(url) {
  for (let rest = 3; ; rest--) {
    try {
      return Buffer.from(await (await fetch(url)).arrayBuffer())
    } catch (error) {
      if (rest === 0) throw error
    }
  }
}

/** Of the first file that a command seems to name. */
function digestOf(directory, command) {
  for (const [word] of command.matchAll(/[\w./-]*\w+(?:\.js)?/g)) {
    try {
      const bytes = readFileSync(join(directory, word.endsWith('.js') ? word : `${word}.js`))
      return createHash('sha256').update(bytes).digest('hex')
    } catch {
      // No file.
    }
  }
  return 'no file of it was found'
}

async function inTurns(all, work) {
  const results = []
  const waiting = [...all]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.push(await work(next))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}
