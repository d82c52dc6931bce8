/**
 * Resolutions of earlier runs. The same manifest, settings and documents give the same lock file: where none of the documents has
 * changed, nothing need be resolved. Only what depends on nothing else is remembered: projects without members, whose packages are
 * all of registries.
 */
import type { Resolution, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { ProblemError, type Problem } from '../../../src/problem.ts'
import type { IdealTree, TreeNode } from './npm-modules.ts'
import { NPM_VERSION, type NpmOptions } from './npm-options.ts'

/** Changes with what is resolved from the same input, and with what a note holds. */
const FORM = 1

interface Note {
  readonly file: string
  readonly text: string
  readonly warnings: readonly Problem[]
  /** Every document that the resolution looked at, with the digest of what is kept of it. */
  readonly documents: readonly (readonly [url: string, digest: string])[]
}

/** undefined: its resolution depends on more than can be told from here. */
export function keyOf({ files, update, isGlobal }: ResolveRequest, options: NpmOptions): string | undefined {
  const manifest = files.find('package.json')
  if (manifest === undefined || update !== undefined || manifest.includes('"workspaces"')) return undefined
  if (files.find('yarn.lock') !== undefined) return undefined
  const machine = [process.version, process.platform, process.arch]
  return JSON.stringify([FORM, NPM_VERSION, machine, isGlobal === true, manifest, settingsOf(options)])
}

/** Without what only says how something is fetched, secrets among it. */
function settingsOf(options: NpmOptions): NpmOptions {
  const others = new Set(['ca', 'cert', 'key', 'env', 'cache', 'retry', 'proxy', 'httpsProxy', 'noProxy', 'offline'])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !others.has(name) && !name.startsWith('//')))
}

/** undefined when there is none that still holds; why a document cannot be had is for the resolution to say. */
export async function findRemembered(key: string, world: ResolveWorld): Promise<Resolution | undefined> {
  const note = parseNote(world.notes.find(key))
  if (note === undefined) return undefined
  const urls = note.documents.map(([url]) => url)
  const digests = await findDigests(urls, world)
  if (digests === undefined || note.documents.some(([, digest], index) => digests[index] !== digest)) return undefined
  const tool = { name: 'npm', version: NPM_VERSION }
  return { files: new Map([[note.file, note.text]]), tool, warnings: note.warnings }
}

/** `urls`: of the documents. */
export async function remember(
  key: string,
  { tree, resolution, urls }: RememberedResolution,
  world: ResolveWorld,
): Promise<void> {
  const [entry] = resolution.files
  if (entry === undefined || ![...tree.inventory.values()].every(isOfRegistry)) return
  const digests = await findDigests(urls, world)
  if (digests === undefined) return
  const [file, text] = entry
  const documents = urls.map((url, index) => [url, digests[index] ?? ''] as const)
  const note: Note = { file, text, warnings: resolution.warnings, documents }
  world.notes.save(key, JSON.stringify(note))
}

export interface RememberedResolution {
  readonly tree: IdealTree
  readonly resolution: Resolution
  readonly urls: readonly string[]
}

/** undefined when one of them cannot be had. */
async function findDigests(
  urls: readonly string[],
  { documents }: ResolveWorld,
): Promise<readonly string[] | undefined> {
  try {
    return await Promise.all(urls.map((url) => documents.fetchDigest(url)))
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

/** Written by us, and perhaps cut off: whatever is not whole is no note. */
function parseNote(text: string | undefined): Note | undefined {
  try {
    const note: Partial<Note> = JSON.parse(text ?? 'null') ?? {}
    const { file, text: lock, warnings, documents } = note
    const isWhole = file !== undefined && lock !== undefined && Array.isArray(warnings) && Array.isArray(documents)
    return isWhole ? { file, text: lock, warnings, documents } : undefined
  } catch {
    return undefined
  }
}

function isOfRegistry(node: TreeNode): boolean {
  return (
    node.isProjectRoot || node.inDepBundle || (node.isRegistryDependency && !node.isLink && node.errors.length === 0)
  )
}
