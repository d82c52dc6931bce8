/**
 * Resolves as npm does, with npm's own resolver: what comes out is the package-lock.json (or npm-shrinkwrap.json) that
 * `npm install --package-lock-only` of the same release writes. https://github.com/npm/cli/tree/latest/workspaces/arborist
 */
import type { IdealTree } from './npm-modules.ts'
import type { Resolution, ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { failIfAny } from '../../../src/problem.ts'
import { readNpmConfig } from '../npmrc.ts'
import { addMissingDigests } from './add-digests.ts'
import { engineWarnings } from './engine-warnings.ts'
import { doubtfulAbsences, explainFailure } from './explain-failure.ts'
import { lookAhead } from './look-ahead.ts'
import { Arborist } from './npm-modules.ts'
import { NPM_VERSION, npmOptions } from './npm-options.ts'
import { packuments } from './packuments.ts'
import { readManifests } from './project-manifests.ts'
import type { ProjectManifest } from './project-manifests.ts'

const lockFiles = ['npm-shrinkwrap.json', 'package-lock.json'] as const

export async function resolveWithNpm(request: ResolveRequest, world: ResolveWorld): Promise<Resolution> {
  const manifests = readManifests(request.files)
  const options = npmOptions(request, world)
  const documents = packuments(world)
  const registries = readNpmConfig(request).registries
  if (isFresh(request)) lookAhead(asksOf(manifests), { packuments: documents, registries, options })
  const arborist = new Arborist({ ...options, packumentCache: documents.cache })
  const tree = await build(arborist, request, manifests)
  failIfAny(doubtfulAbsences(tree, manifests))
  // A lock file that names no digests stays as it is; what was installed has to come from somewhere.
  const warnings = isLocked(request.files) ? [] : await addMissingDigests(tree, { packuments: documents, registries })
  const text = printTree(tree, options)
  return {
    files: new Map([[fileOf(tree), request.isGlobal === true ? withoutName(text) : text]]),
    tool: { name: 'npm', version: NPM_VERSION },
    warnings: [...warnings, ...engineWarnings(tree, options)],
  }
}

/** Nothing is locked or installed that a resolution would start from. */
function isFresh({ files, update, isGlobal }: ResolveRequest): boolean {
  return isGlobal === true || update === 'all' || (!isLocked(files) && files.directories('node_modules').length === 0)
}

function isLocked(files: ProjectFiles): boolean {
  return lockFiles.some((file) => files.find(file) !== undefined)
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
  return lockFiles.find((file) => tree.meta.filename?.endsWith(`/${file}`)) ?? 'package-lock.json'
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
