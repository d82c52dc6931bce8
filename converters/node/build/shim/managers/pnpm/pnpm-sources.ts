/**
 * What pnpm is fed with: a directory laid out like a registry, and, for archives that have URLs of their own and for commits, entries
 * of the lock file that name files instead. Keys stay as they are, so the tree does, too.
 */
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail } from '../../failure.ts'
import type { NodeSpec } from '../../spec-reader.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { archiveOf, isHostedArchive, packHosted, packsCommits } from './pnpm-hosted.ts'

const LOCK = 'pnpm-lock.yaml'

/** Gives the directory; writes the lock file of the project at `root` where an entry needs another address. */
export async function writePnpmSources(root: string, building: Building): Promise<string> {
  const { job, spec, state } = building
  const registry = `${state}/registry`
  mkdirSync(registry, { recursive: true })
  const files = new Map<string, Archive>()
  for (const [key, file] of Object.entries(job.sources)) {
    if (key === spec.plan.manager?.source) continue
    const source = findOwn(spec.sources, key)
    if (source === undefined || 'path' in source) continue
    const archive = await packed(key, file, building)
    files.set(key, { archive, isPacked: archive !== file })
    const path = `${registry}/${registryPath(key)}`
    mkdirSync(dirname(path), { recursive: true })
    // A second package of that name and version has an address of its own in the lock file.
    if (!key.includes('#')) symlinkSync(archive, path)
  }
  const before = readFileSync(`${root}/${LOCK}`, 'utf8')
  const after = withFiles(before, spec, files)
  if (after !== before) writeFileSync(`${root}/${LOCK}`, after)
  return registry
}

interface Archive {
  readonly archive: string
  /** It has other bytes than the lock file names. */
  readonly isPacked: boolean
}

/** What would be published of a commit; any other archive as it is. */
async function packed(key: string, file: string, building: Building): Promise<string> {
  const source = findOwn(building.spec.sources, key)
  if (statSync(file).isDirectory()) {
    const subdir = source !== undefined && 'git' in source ? source.subdir : undefined
    return archiveOf(subdir === undefined ? file : `${file}/${subdir}`, key, building)
  }
  const isHosted = source !== undefined && 'urls' in source && source.urls.some(isHostedArchive)
  return isHosted && packsCommits(building) ? packHosted(file, key, building) : file
}

/** `@s/a@1.0.0+x` → `@s/a/-/a-1.0.0.tgz`. */
function registryPath(key: string): string {
  const at = key.indexOf('@', 1)
  const name = key.slice(0, at)
  const version = key.slice(at + 1).replace(/[#+].*$/, '')
  return `${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}

/** pnpm writes each resolution on one line. */
function withFiles(lock: string, spec: NodeSpec, files: ReadonlyMap<string, Archive>): string {
  return lock.replace(/^( +resolution: )\{(.*)\}$/gm, (line: string, head: string, members: string) => {
    if (!/(?:^|, )(?:tarball|repo): /.test(members) || /(?:^|, )tarball: '?file:/.test(members)) return line
    const file = findFile(members, spec, files) ?? fail(`${LOCK}: no source belongs to ${members}.`)
    const integrity = file.isPacked ? undefined : /(?:^|, )(integrity: [^,}]+)/.exec(members)?.[1]
    return `${head}{${integrity === undefined ? '' : `${integrity}, `}tarball: 'file:${file.archive}'}`
  })
}

function findFile(members: string, spec: NodeSpec, files: ReadonlyMap<string, Archive>): Archive | undefined {
  const tarball = memberOf(members, 'tarball')
  const commit = memberOf(members, 'commit')
  const subdir = memberOf(members, 'path')?.replace(/^\/+/, '')
  for (const [key, file] of files) {
    const source = findOwn(spec.sources, key)
    if (source === undefined) continue
    if ('urls' in source && tarball !== undefined && isUrl(source.urls, tarball)) return file
    if ('git' in source && source.rev === commit && source.subdir === subdir) return file
  }
  return undefined
}

/** The lock file may name it without the registry's address. */
function isUrl(urls: readonly string[], tarball: string): boolean {
  const plain = tarball.replace(/#.*$/, '')
  return urls.some((url) => url === plain || (!/^https?:/.test(plain) && url.endsWith(`/${plain.replace(/^\/+/, '')}`)))
}

function memberOf(members: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|, )${name}: (?:'((?:[^']|'')*)'|"([^"]*)"|([^,}]+))`).exec(members)
  return match?.[1]?.replaceAll("''", "'") ?? match?.[2] ?? match?.[3]
}
