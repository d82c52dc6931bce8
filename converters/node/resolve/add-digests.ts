/**
 * A tree that was taken from node_modules does not always know where its packages came from, nor their digests: npm itself would
 * then write entries with neither. The registry knows both, as long as it has that version.
 */
import type { IdealTree, TreeNode } from './npm-modules.ts'
import { ProblemError, shown } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import { getRegistry } from '../registry.ts'
import type { Registries } from '../registry.ts'
import { isRecord, textOf } from './explanation.ts'
import type { Packuments } from './packuments.ts'

export interface DigestSource {
  readonly packuments: Packuments
  readonly registries: Registries
}

/** Gives warnings for packages that the registry does not have. Throws what the network throws, but `not-found`. */
export async function addMissingDigests(tree: IdealTree, source: DigestSource): Promise<readonly Problem[]> {
  const nodes = [...tree.inventory.values()].filter(lacksDigest)
  const warnings = await Promise.all(nodes.map((node) => addDigest(node, source)))
  return warnings.flat()
}

/** Only packages of a registry: what is linked, bundled, or named by a URL has none to ask. */
function lacksDigest(node: TreeNode): boolean {
  const isPlain = !node.isProjectRoot && !node.isLink && !node.inDepBundle && node.isRegistryDependency
  return isPlain && node.version !== '' && node.errors.length === 0 && !node.integrity
}

async function addDigest(node: TreeNode, { packuments, registries }: DigestSource): Promise<readonly Problem[]> {
  const registry = getRegistry(registries, node.packageName).replace(/\/+$/, '')
  const dist = await findDist(node, `${registry}/${node.packageName.replace('/', '%2f')}`, packuments)
  if (dist === undefined) return [unknownVersion(node)]
  node.resolved ??= textOf(dist, 'tarball')
  const shasum = textOf(dist, 'shasum')
  node.integrity = textOf(dist, 'integrity') || `sha1-${Buffer.from(shasum, 'hex').toString('base64')}`
  return []
}

async function findDist(
  { version }: TreeNode,
  url: string,
  packuments: Packuments,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const document: unknown = await findDocument(url, packuments)
  const versions = isRecord(document) ? document['versions'] : undefined
  const manifest = isRecord(versions) ? versions[version] : undefined
  const dist = isRecord(manifest) ? manifest['dist'] : undefined
  return isRecord(dist) && (textOf(dist, 'integrity') !== '' || textOf(dist, 'shasum') !== '') ? dist : undefined
}

async function findDocument(url: string, packuments: Packuments): Promise<unknown> {
  try {
    return await packuments.fetch(url)
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'not-found')) return undefined
    throw error
  }
}

function unknownVersion({ packageName, version, location }: TreeNode): Problem {
  return {
    code: 'integrity-missing',
    message: `${shown(`${packageName}@${version}`)} is installed, and its registry does not have it: the lock file holds no digest`,
    where: { file: `${location}/package.json` },
    hint: 'find out where it came from, or ask for a version that the registry has',
  }
}
