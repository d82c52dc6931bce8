// Makes dist/ from the sources: the program, split so that every command and every reader is a chunk of its own, and the static
// files that are copied into users' projects. Same sources, same bytes: nothing of the building machine goes in.
// Usage: node scripts/build.mjs [folder]      another folder than dist/
// `bundle()` gives the files without writing them, with esbuild's account of what is in which chunk (the tests use it).
import { build } from 'esbuild'
import { mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ascii } from './ascii.mjs'
import { bundleNpmModules, externalNpmModules } from './bundle-npm.mjs'
import { commonJs } from './common-js.mjs'
import { joinPhp } from './join-php.mjs'
import { joinPython } from './join-python.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Static files, as they are: place under dist/assets → source. The shim is bundled; see `bundleShim`. */
const copies = {
  'default.nix': 'src/emit/nix/default.nix',
  'flake.nix': 'src/emit/nix/flake.nix',
  'project.nix': 'src/emit/nix/project.nix',
  'collection/default.nix': 'src/emit/nix/collection/default.nix',
  'collection/flake.nix': 'src/emit/nix/collection/flake.nix',
  'collection/user.nix': 'src/emit/nix/collection/user.nix',
  'node/node.nix': 'converters/node/build/node.nix',
  'node/settings.txt': 'converters/node/build/settings.txt',
  'php/php.nix': 'converters/php/build/php.nix',
  'php/settings.txt': 'converters/php/build/settings.txt',
  'python/python.nix': 'converters/python/build/python.nix',
  'python/settings.txt': 'converters/python/build/settings.txt',
  'python/native-libraries.nix': 'converters/python/build/native-libraries.nix',
  'python/native-libraries.json': 'converters/python/build/native-libraries.json',
}

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  platform: 'node',
  // A field that the constructor sets is not made before: that would cost as much again.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  legalComments: 'none',
  // V8 needs half the memory for it, and reads it faster.
  charset: 'ascii',
  logLevel: 'warning',
}

/** What the program is made of: split as ECMAScript modules, and CommonJS in the end. */
const split = { ...common, target: 'node20', outExtension: { '.js': '.cjs' }, metafile: true }

/**
 * commander requires what modules import. child_process is for its sub-commands that are programs of their own, which we have none
 * of, and is slow to load.
 */
const requiredBuiltins = {
  name: 'required-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'require-call' ? { path, namespace: 'builtin' } : undefined,
    )
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents:
        path === 'node:child_process' ? 'module.exports = {}' : `module.exports = process.getBuiltinModule("${path}")`,
      loader: 'js',
    }))
  },
}

/** Slow to load, and most runs start nothing: loaded by the first call. */
const lateChildProcess = {
  name: 'late-child-process',
  setup(builder) {
    const names = ['execFile', 'execFileSync', 'spawn', 'spawnSync']
    const functions = names.map(
      (name) =>
        `export const ${name} = (...words) => process.getBuiltinModule('node:child_process').${name}(...words)\n`,
    )
    builder.onResolve({ filter: /^node:child_process$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'late' } : undefined,
    )
    builder.onLoad({ filter: /.*/, namespace: 'late' }, () => ({ contents: functions.join(''), loader: 'js' }))
  },
}

/** What nearly every run needs; what a conversion needs beside it; what every lock file of an ecosystem needs beside that. */
const program = ['src/cli/run.ts']
const conversion = [
  ...program,
  'src/cli/derive.ts',
  'src/cli/comparisons.ts',
  'src/cli/conversion.ts',
  'src/cli/connect.ts',
  'src/cli/previous-spec.ts',
  'src/cli/settings.ts',
  'src/diff/diff-specs.ts',
  'src/io/project-lock.ts',
  'src/io/save.ts',
  'src/model/lock.ts',
]
const node = [
  ...conversion,
  'converters/node/converter.ts',
  'converters/node/layout/find-flags.ts',
  'converters/node/package-managers.ts',
  'converters/node/readers/build-lock.ts',
  'converters/node/readers/manifest.ts',
  'converters/node/readers/project-files.ts',
  'converters/node/readers/workspaces.ts',
]
const python = [
  ...conversion,
  'converters/python/converter.ts',
  'converters/python/plan-with-look-ups.ts',
  'converters/python/readers/local-projects.ts',
  'converters/python/readers/lock-file.ts',
]
/** Modules that are loaded when they are needed → what may well be there by then; the first that fits counts. */
const late = [
  { pattern: /^src\/cli\/run\.ts$/, after: [] },
  { pattern: /^src\/cli\/commands\/(?:help|version|completion)\.ts$/, after: program },
  { pattern: /^converters\/node\//, after: node },
  { pattern: /^converters\/python\//, after: python },
  { pattern: /./, after: conversion },
]

/**
 * esbuild makes a chunk of all modules that the same entries lead to, which are a great many small chunks; each costs a file, and
 * its loading more than its code. So each module that is loaded late imports what is there by then: the same entries then lead to
 * all of it, and it is one chunk.
 */
const groupedChunks = {
  name: 'grouped-chunks',
  async setup(builder) {
    const lateModules = await findLateModules()
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const own = relative(root, path).replaceAll('\\', '/')
      const after = lateModules.has(own) ? late.find(({ pattern }) => pattern.test(own)).after : []
      const imports = after.map((module) => `import ${JSON.stringify(join(root, module))}\n`)
      return { contents: (await readFile(path, 'utf8')) + imports.join(''), loader: 'ts' }
    })
  },
}

/** What threads begin with; the second is not split, so that it is loaded as one file. */
const thread = 'src/cli/documents-worker.ts'
const linkThread = 'converters/node/build/shim/link-thread.ts'

/** What the sources import by a call, and what a thread begins with: else its part of each chunk would be a chunk. */
async function findLateModules() {
  const folders = ['src', 'converters'].map(async (folder) => {
    const names = await readdir(join(root, folder), { recursive: true })
    return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
  })
  const modules = (await Promise.all(folders)).flat().map(async (path) => {
    const text = await readFile(join(root, path), 'utf8')
    return [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, to]) => join(dirname(path), to))
  })
  return new Set([thread, ...(await Promise.all(modules)).flat().map((path) => path.replaceAll('\\', '/'))])
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { files } = await bundle()
  await writeAll(process.argv[2] ?? join(root, 'dist'), files)
}

/** All files of dist/ by their path in it, and the metafile of the program's bundle. */
export async function bundle() {
  const [{ program, npm }, shim, assets] = await Promise.all([bundleProgram(), bundleShim(), readAssets()])
  const files = new Map([...program.files, ...npm.files, ...shim, ...assets])
  files.set('third-party-licenses.txt', Buffer.from(await collectLicenses([program.metafile, npm.metafile])))
  return { files, metafile: program.metafile }
}

async function bundleProgram() {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const define = {
    LOCK2BUILD_VERSION: JSON.stringify(version),
    LOCK2BUILD_ASSETS: '"../assets/"',
    LOCK2BUILD_DOCUMENTS_WORKER: '"./documents-worker.cjs"',
    LOCK2BUILD_LINK_THREAD: '"./link-thread.cjs"',
  }
  const npm = await bundleNpmModules(split)
  const npmFiles = byPath(npm.outputFiles)
  const chunks = await build({
    ...split,
    entryPoints: { 'chunks/run': 'src/cli/run.ts', 'chunks/documents-worker': thread },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    define,
    plugins: [lateChildProcess, requiredBuiltins, externalNpmModules([...npmFiles.keys()][0]), groupedChunks],
  })
  const { files, find } = withoutDetours(byPath(chunks.outputFiles))
  const entry = await build({
    ...split,
    entryPoints: { lock2build: 'src/cli/main.ts', 'chunks/link-thread': linkThread },
    define: { ...define, LOCK2BUILD_RUN: JSON.stringify(`./chunks/${find('run.cjs')}`) },
  })
  const outputs = { ...chunks.metafile.outputs, ...entry.metafile.outputs }
  const inputs = { ...chunks.metafile.inputs, ...entry.metafile.inputs }
  const scripts = [...files, ...byPath(entry.outputFiles)].map(([path, contents]) => {
    return [path, Buffer.from(commonJs(path, Buffer.from(contents).toString()))]
  })
  return {
    program: { files: new Map(scripts), metafile: { inputs, outputs } },
    npm: { files: npmFiles, metafile: npm.metafile },
  }
}

/**
 * What splitting leaves behind: chunks that only hand on what another one has, and imports of nothing, which keep an order that
 * nothing here depends on. Each costs a file, or at least a question to the file system. `find`: where a chunk's contents are.
 */
function withoutDetours(files) {
  const texts = [...files].map(([path, contents]) => {
    return [
      path,
      Buffer.from(contents)
        .toString()
        .replaceAll(/^import "\.[^"]+";\n/gm, ''),
    ]
  })
  const detours = new Map()
  for (const [path, text] of texts) {
    const [, taken, from, given] = /^import \{([^}]*)\} from "\.\/([^"]+)";\nexport \{([^}]*)\};\n$/.exec(text) ?? []
    if (taken !== undefined && taken === given && !taken.includes(' as ')) detours.set(basename(path), from)
  }
  const shorten = (text) =>
    text.replaceAll(/(?<=\bimport\("\.\/(?:chunks\/)?)[^"/]+(?="\))/g, (name) => detours.get(name) ?? name)
  const needed = texts.filter(([path]) => !detours.has(basename(path)))
  return {
    files: new Map(needed.map(([path, text]) => [path, Buffer.from(shorten(text))])),
    find: (name) => detours.get(name) ?? name,
  }
}

async function bundleShim() {
  const result = await build({
    ...common,
    entryPoints: { 'assets/node/node-shim': 'converters/node/build/shim/main.ts' },
    target: 'node14',
  })
  // Every conversion reads it and writes it.
  const files = [...byPath(result.outputFiles)]
  return new Map(files.map(([path, contents]) => [path, Buffer.from(ascii(Buffer.from(contents).toString()))]))
}

function byPath(outputFiles) {
  return new Map(
    outputFiles.map((file) => [relative(join(root, 'dist'), file.path).replaceAll('\\', '/'), file.contents]),
  )
}

async function readAssets() {
  const entries = Object.entries(copies).map(async ([to, from]) => [`assets/${to}`, await readFile(join(root, from))])
  const shims = [
    ['assets/python/python-shim.py', joinPython(join(root, 'converters/python/build/shim'))],
    ['assets/php/php-shim.php', joinPhp(join(root, 'converters/php/build/shim'))],
  ].map(async ([to, text]) => [to, Buffer.from(await text)])
  return new Map(await Promise.all([...entries, ...shims]))
}

/** The licences of what is bundled: they ask to be handed on. Few packages have no file of it, only its name. */
async function collectLicenses(metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs))
  const folders = new Set(inputs.flatMap((path) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []))
  const texts = await Promise.all([...folders].sort().map((folder) => readLicense(join(root, folder))))
  return [...new Set(texts)].join('\n')
}

async function readLicense(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  if (file === undefined && typeof license !== 'string') throw new Error(`${name} is bundled and names no licence`)
  const text = file === undefined ? license : (await readFile(join(folder, file), 'utf8')).trim()
  return `${name} ${version}\n\n${text}\n`
}

/** Writes what changed and removes what is no longer made; a run of the program meanwhile finds whole files. */
async function writeAll(folder, files) {
  for (const [path, contents] of files) {
    const target = join(folder, path)
    const old = await readFile(target).catch(() => undefined)
    if (old !== undefined && Buffer.compare(old, contents) === 0) continue
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.tmp`, contents, { mode: path === 'lock2build.cjs' ? 0o755 : 0o644 })
    await rename(`${target}.tmp`, target)
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')
    if (entry.isFile() && !files.has(path)) await rm(join(folder, path))
    if (entry.isDirectory() && ![...files.keys()].some((file) => file.startsWith(`${path}/`))) {
      await rmdir(join(folder, path)).catch(() => undefined)
    }
  }
}
