// One scratch directory for everything that a run of tests, a benchmark or a script leaves lying about: TMPDIR points at it while the
// run lasts, and at its end it is removed. What is worth keeping for the next run stands in one directory of its own.
//   LOCK2BUILD_KEEP=1          the scratch directory stays, and its path is printed
//   LOCK2BUILD_TEST_CACHE=…    the directory of what is kept; else lock2build-test-cache-<user> in the temporary directory
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stopping = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }
let opened

/** This run's scratch directory: that of the process which started this one, or a new one, which goes when this process ends. */
export function useScratch() {
  const inherited = process.env.LOCK2BUILD_SCRATCH
  if (inherited !== undefined) return inherited
  const outside = tmpdir()
  process.env.LOCK2BUILD_TEST_CACHE = cacheDirectory()
  const before = new Set(readdirSync(outside))
  // Short: paths of sockets end after 104 to 108 bytes.
  const path = mkdtempSync(join(outside, 'l2b-test-'))
  // Tests run programs as other users in there.
  chmodSync(path, 0o755)
  Object.assign(process.env, { LOCK2BUILD_SCRATCH: path, TMPDIR: path })
  opened = { path, outside, before }
  process.on('exit', clear)
  // By itself a process that is told to stop does not get to its end.
  for (const [signal, status] of Object.entries(stopping))
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(status))
  return path
}

/** Removes the scratch directory if this process made it. Throws when the run has left something outside of it, and names that. */
export function removeScratch() {
  if (opened === undefined) return
  const { outside, before } = opened
  clear()
  const left = readdirSync(outside).filter((name) => !before.has(name) && !name.startsWith(CACHE))
  const ours = left.filter((name) => prefixes().some((prefix) => name.startsWith(prefix)))
  if (ours.length === 0) return
  const paths = ours.map((name) => join(outside, name))
  throw new Error(`left in the temporary directory, by something that did not get TMPDIR: ${paths.join(', ')}`)
}

/** How the directory begins that stays: the temporary directories of our code have names like it. */
const CACHE = 'lock2build-test-cache-'

/** A directory in which things stay for the next run. Its name says of what. */
export function keptDirectory(name) {
  const path = join(cacheDirectory(), name)
  mkdirSync(path, { recursive: true })
  return path
}

function cacheDirectory() {
  const chosen = process.env.LOCK2BUILD_TEST_CACHE
  if (!chosen) return join(tmpdir(), `${CACHE}${process.getuid?.() ?? 0}`)
  if (!isAbsolute(chosen)) throw new Error(`LOCK2BUILD_TEST_CACHE must be an absolute path, not ${chosen}`)
  return chosen
}

function clear() {
  if (opened === undefined) return
  const { path, outside } = opened
  opened = undefined
  process.off('exit', clear)
  delete process.env.LOCK2BUILD_SCRATCH
  process.env.TMPDIR = outside
  if (process.env.LOCK2BUILD_KEEP) console.log(`kept: ${path}`)
  else {
    removeTree(path)
    if (existsSync(cacheDirectory())) writeFileSync(removalMark(), '')
  }
}

/** When a run that keeps things last removed what it had made; undefined: none has. */
export function lastRemoval() {
  return statSync(removalMark(), { throwIfNoEntry: false })?.mtime
}

function removalMark() {
  return join(cacheDirectory(), 'last-removal')
}

function removeTree(path) {
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  try {
    remove()
  } catch {
    // Nix makes its directories read-only. Files are left alone: some are hard links to what is kept.
    spawnSync('find', [path, '-type', 'd', '-exec', 'chmod', 'u+rwx', '{}', '+'])
    remove()
  }
}

/** How the temporary directories that our code makes begin. Other programs use the temporary directory while the tests run. */
function prefixes() {
  const texts = ['src', 'converters', 'test', 'scripts', 'bench'].flatMap(readAll)
  const made = /mkdtemp(?:Sync)?\(\s*join\(tmpdir\(\),\s*['"`]([^'"`$]+)/g
  return [...new Set(texts.flatMap((text) => [...text.matchAll(made)].map((match) => match[1])))]
}

function readAll(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}
