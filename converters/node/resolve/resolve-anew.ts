/** npm's own resolver at work: a tree of what package.json asks for, and the lock file that npm would write of it. */
import type { Resolution, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { failIfAny } from '../../../src/problem.ts'
import { readNpmConfig } from '../npmrc.ts'
import { addMissingDigests } from './add-digests.ts'
import { engineWarnings } from './engine-warnings.ts'
import { doubtfulAbsences, explainFailure } from './explain-failure.ts'
import { lookAhead } from './look-ahead.ts'
import { Arborist, type IdealTree } from './npm-modules.ts'
import { NPM_VERSION, type NpmOptions } from './npm-options.ts'
import { packuments } from './packuments.ts'
import { readManifests } from './project-manifests.ts'
import type { ProjectManifest } from './project-manifests.ts'
import { isFresh, isLocked, npmLockFiles } from './starting-point.ts'

export interface Resolved {
  readonly tree: IdealTree
  readonly resolution: Resolution
  /** Of the documents that it looked at. */
  readonly urls: readonly string[]
}

/** Throws `resolve-conflict`, `resolve-no-match`, and what manifests, configuration and the network give. */
export async function resolveAnew(
  request: ResolveRequest,
  world: ResolveWorld,
  options: NpmOptions,
): Promise<Resolved> {
  const manifests = readManifests(request.files)
  const documents = packuments(world)
  const registries = readNpmConfig(request).registries
  if (isFresh(request)) lookAhead(asksOf(manifests), { packuments: documents, registries, options })
  const arborist = new Arborist({ ...options, packumentCache: documents.cache })
  const tree = await build(arborist, request, manifests)
  failIfAny(doubtfulAbsences(tree, manifests))
  // A lock file that names no digests stays as it is; what was installed has to come from somewhere.
  const warnings = isLocked(request.files) ? [] : await addMissingDigests(tree, { packuments: documents, registries })
  const text = printTree(tree, options)
  const resolution = {
    files: new Map([[fileOf(tree), request.isGlobal === true ? withoutName(text) : text]]),
    tool: { name: 'npm', version: NPM_VERSION },
    warnings: [...warnings, ...engineWarnings(tree, options)],
  }
  return { tree, resolution, urls: documents.urls() }
}

function asksOf(manifests: readonly ProjectManifest[]): readonly (readonly [string, string])[] {
  const members = new Set(manifests.map(({ name }) => name))
  const asks = manifests.flatMap((manifest) => manifest.asks)
  return asks.filter(({ name }) => !members.has(name)).map(({ name, range }) => [name, range])
}

async function build(
  arborist: Arborist,
  { update, isGlobal }: ResolveRequest,
  manifests: readonly ProjectManifest[],
): Promise<IdealTree> {
  try {
    return await arborist.buildIdealTree({
      complete: true,
      // There is no manifest then but what is added.
      ...(isGlobal === true ? { add: asksOf(manifests).map(([name, range]) => `${name}@${range}`) } : {}),
      ...(update === undefined ? {} : { update: update === 'all' ? { all: true } : { names: update } }),
    })
  } catch (error) {
    failIfAny(explainFailure({ error, tree: arborist.idealTree, manifests }) ?? [])
    throw error
  }
}

function fileOf(tree: IdealTree): string {
  return npmLockFiles.find((file) => tree.meta.filename?.endsWith(`/${file}`)) ?? 'package-lock.json'
}

/** As npm's own saving does it: indented like package.json. */
function printTree(tree: IdealTree, { formatPackageLock }: Readonly<Record<string, unknown>>): string {
  const indent = tree.package[Symbol.for('indent')] ?? '  '
  return tree.meta.toString({ format: formatPackageLock === true && indent !== '' ? indent : formatPackageLock })
}

/** The directory's, which is a temporary one. */
function withoutName(text: string): string {
  return text.replace(/^\s*"name": "[^"]*",\n/m, '')
}
