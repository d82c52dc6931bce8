/** What npm's resolver throws, as problems: who asks for what, by which way, and what to do about it. */
import type { IdealTree, TreeEdge, TreeNode } from './npm-modules.ts'
import { ProblemError, shown } from '../../../src/problem.ts'
import type { Problem, Where } from '../../../src/problem.ts'
import { askersOf, firstStep, isRecord, nameOf, printWay, shownPlain, textOf, wayInTree, wayTo } from './explanation.ts'
import { placeOf } from '../readers/manifest.ts'
import { specProblem } from './project-manifests.ts'
import type { ProjectManifest } from './project-manifests.ts'

export interface Failure {
  readonly error: unknown
  /** As far as it was built. */
  readonly tree: IdealTree | null
  readonly manifests: readonly ProjectManifest[]
}

/** At least one problem for an error of the resolver; undefined for what is a bug, be it npm's or ours. */
export function explainFailure(failure: Failure): readonly Problem[] | undefined {
  const { error, tree, manifests } = failure
  // What is only optional would have been left out.
  const failed = failedNodes(tree).filter(({ optional }) => !optional)
  if (failed.some((node) => node.errors.includes(error))) {
    const found = failed.flatMap((node) => explainNode(node, manifests) ?? [])
    if (found.length > 0) return found
  }
  if (error instanceof ProblemError) return error.problems
  if (!(error instanceof Error)) return undefined
  if (error.message.startsWith('Unable to resolve reference')) return explainReference(error)
  if (!('code' in error)) return undefined
  if (error.code === 'EUNSUPPORTEDPROTOCOL' || String(error.code).startsWith('EINVALID')) {
    return explainSpec(error, failure)
  }
  return explainCode(error, manifests)
}

/** What could not be had although it is only optional, and not because it does not exist: to leave it out would be a guess. */
export function doubtfulAbsences(tree: IdealTree, manifests: readonly ProjectManifest[]): readonly Problem[] {
  return failedNodes(tree)
    .flatMap((node) => explainNode(node, manifests) ?? [])
    .filter(({ code }) => code === 'network' || code === 'network-needed')
}

function failedNodes(tree: IdealTree | null): readonly TreeNode[] {
  return [...(tree?.inventory.values() ?? [])].filter((node) => node.errors.length > 0)
}

function explainNode(node: TreeNode, manifests: readonly ProjectManifest[]): readonly Problem[] | undefined {
  const [error] = node.errors
  const way = wayInTree(node).slice(0, -1)
  const where = placeOfWay([...way, node], manifests)
  const asker = way.length < 2 ? '' : `; ${printWay(way)} asks for it`
  if (error instanceof ProblemError) {
    return error.problems.map((problem) => ({ ...problem, message: `${problem.message}${asker}`, where }))
  }
  if (!(error instanceof Error)) return undefined
  return explainCode(error, manifests)?.map((problem) => ({
    ...problem,
    message: `${problem.message}${asker}`,
    where: problem.where ?? where,
  }))
}

/** Where the project's or a member's own manifest asks for what a way leads to. */
function placeOfWay(way: readonly TreeNode[], manifests: readonly ProjectManifest[]): Where {
  const owners = way.flatMap((node, index) => {
    const manifest = manifests.find(({ path }) => path === (node.isProjectRoot ? '' : node.location))
    return manifest === undefined ? [] : [{ manifest, next: way[index + 1] }]
  })
  const last = owners.at(-1)
  if (last === undefined) return { file: 'package.json' }
  return last.next === undefined ? { file: last.manifest.file } : placeOf(last.manifest, last.next.name)
}

function explainCode(error: Error, manifests: readonly ProjectManifest[]): readonly Problem[] | undefined {
  const code = 'code' in error ? String(error.code) : ''
  const explain = explanations[code] ?? families.find(({ pattern }) => pattern.test(code))?.explain
  return explain?.(error, manifests)
}

type Explain = (error: Error, manifests: readonly ProjectManifest[]) => readonly Problem[]

const explanations: Readonly<Record<string, Explain>> = {
  ERESOLVE: explainConflict,
  ETARGET: explainNoMatch,
  ENOVERSIONS: explainNoMatch,
  EINCOMPLETEMANIFEST: (error) => [
    {
      code: 'not-found',
      message: shown(error.message),
      hint: 'the registry holds only a part of this package: ask another',
    },
  ],
  EOVERRIDE: (error) => [
    {
      code: 'resolve-conflict',
      message: shown(error.message),
      where: { file: 'package.json', key: 'overrides' },
      hint: 'an override of a direct dependency must say the same as the dependency: write `"$name"` for its range',
    },
  ],
  EDUPLICATEWORKSPACE: (error) => [
    {
      code: 'manifest-mismatch',
      message: `two members of the workspace have the same name: ${shown(error.message.split('\n')[1] ?? '')}`,
      where: { file: 'package.json', key: 'workspaces' },
      hint: 'rename one of them, or leave it out of the workspace',
    },
  ],
  EBADENGINE: explainEngine,
  EBADPLATFORM: explainPlatform,
  ENOENT: (error) => [
    {
      code: 'source-missing',
      message: `a file or directory that a dependency names is not there: ${shown(error.message)}`,
      hint: 'correct the path, or add what it names',
    },
  ],
  EINTEGRITY: (error) => [{ code: 'integrity-mismatch', message: shown(error.message) }],
}

/** Codes of which there are many: of archives and repositories, which npm fetches by itself. */
const families: readonly { readonly pattern: RegExp; readonly explain: Explain }[] = [
  {
    pattern: /^E40[34]$|^E451$/,
    explain: (error) => [fetched('not-found', error, 'check that it still exists, and who may have it')],
  },
  { pattern: /^E(?:401|5\d\d|429)$/, explain: (error) => [fetched('network', error, AGAIN)] },
  { pattern: /^ENOTCACHED$/, explain: (error) => [fetched('network-needed', error, 'run it once without --offline')] },
  {
    pattern: /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE|ERR_SOCKET|ERR_SSL|CERT_|UNABLE_|SELF_SIGNED|DEPTH_)/,
    explain: (error) => [fetched('network', error, AGAIN)],
  },
  { pattern: /^EGIT|^(?:1|128)$/, explain: explainGit },
  { pattern: /^EALLOW/, explain: explainForbidden },
]

const AGAIN = 'check the connection and the credentials, then run it again: what was fetched is kept'

function fetched(code: 'network' | 'not-found' | 'network-needed', error: Error, hint: string): Problem {
  return { code, message: `fetching it failed: ${shown(error.message)}`, hint, cause: error }
}

function explainGit(error: Error): readonly Problem[] {
  const said = isRecord(error) ? textOf(error, 'stderr').trim() : ''
  const hint = 'check the URL, the branch or tag, and your access to the repository'
  return [{ code: 'git', message: `git failed: ${shown(said === '' ? error.message : said)}`, hint }]
}

/** Both sides, each with the way that leads to it. */
function explainConflict(error: Error, manifests: readonly ProjectManifest[]): readonly Problem[] {
  if (!isRecord(error) || !isRecord(error['edge'])) throw error
  const { edge, current } = error
  const asked = `${textOf(edge, 'name')}@${textOf(edge, 'spec')}`
  const kind = textOf(edge, 'type').startsWith('peer') ? ' beside it' : ''
  const others = askersOf(current)
  const standing = others.length === 0 ? wayTo(current) : others.slice(0, 3).join(', and for ')
  const step = firstStep(edge['from'])
  const owner =
    manifests.find(({ name }) => step !== undefined && step.from !== '' && name === step.from) ?? manifests[0]
  return [
    {
      code: 'resolve-conflict',
      message:
        `${wayTo(edge['from'])} needs ${shownPlain(asked)}${kind}, ` +
        `but ${nameOf(current)} stands there for ${standing}`,
      where: owner === undefined || step === undefined ? undefined : placeOf(owner, step.name),
      hint:
        'change one of the two ranges in package.json, or override one (`overrides`); if you know that they work together, ' +
        'write legacy-peer-deps=true into .npmrc',
    },
  ]
}

function explainNoMatch(error: Error): readonly Problem[] {
  if (!isRecord(error)) throw error
  const name = shownPlain(textOf(error, 'name'))
  const wanted = shown(textOf(error, 'wanted'))
  const tags = isRecord(error['distTags']) ? error['distTags'] : {}
  const versions = Array.isArray(error['versions']) ? error['versions'] : []
  const latest = textOf(tags, textOf(error, 'defaultTag') || 'latest')
  const isTag = textOf(error, 'type') === 'tag'
  const known = isTag
    ? `it has ${Object.keys(tags).slice(0, 10).map(shownPlain).join(', ') || 'none'}`
    : versions.length === 0
      ? 'it has no version at all'
      : `it has ${versions.length} versions${latest === '' ? '' : `, the latest is ${shownPlain(latest)}`}`
  const before = error['before'] instanceof Date ? ` published before ${error['before'].toISOString()}` : ''
  const message = isTag
    ? `${name} has no tag ${wanted}: ${known}`
    : `no version of ${name}${before} fits ${wanted}: ${known}`
  return [
    {
      code: 'resolve-no-match',
      message,
      hint: 'correct what is asked for, or make sure that the right registry is asked',
    },
  ]
}

function explainEngine(error: Error): readonly Problem[] {
  return [notHere(error, 'ask for another version of it, or take engine-strict out of .npmrc')]
}

function explainPlatform(error: Error): readonly Problem[] {
  return [notHere(error, 'resolve it on a system that it is for, or make it an optional dependency')]
}

function notHere(error: Error, hint: string): Problem {
  const required = isRecord(error) ? error['required'] : undefined
  const id = isRecord(error) ? textOf(error, 'pkgid') : ''
  const name = id === '' ? 'the project' : shownPlain(id)
  const message = `${name} does not run here: it wants ${shown(JSON.stringify(required ?? null))}`
  return { code: 'resolve-conflict', message, hint }
}

/** Of `overrides`: `$name` stands for the range of a direct dependency. */
function explainReference(error: Error): readonly Problem[] {
  const name = error.message.split(' ').at(-1) ?? ''
  return [
    {
      code: 'requirement-invalid',
      message: `${shown(name)} refers to a dependency that the project itself does not have`,
      where: { file: 'package.json', key: 'overrides' },
      hint: 'only direct dependencies can be referred to; write a version or a range instead',
    },
  ]
}

function explainForbidden(error: Error): readonly Problem[] {
  const name = isRecord(error) ? textOf(error, 'package') : ''
  const hint = 'see allow-git, allow-remote, allow-file and allow-directory in .npmrc'
  return [{ code: 'source-unsupported', message: `${shown(name)}: ${shown(error.message)}`, hint }]
}

/** The error names neither the dependency nor who asks: its range is looked for in the tree. */
function explainSpec(error: Error, { tree, manifests }: Failure): readonly Problem[] {
  const edge = edgesOf(tree).find(({ spec }) => spec !== '' && error.message.includes(spec))
  if (edge === undefined) return [{ code: 'requirement-invalid', message: shown(error.message), cause: error }]
  const way = wayInTree(edge.from)
  const problem = specProblem(edge.name, edge.spec, error)
  const message = `${problem.message}; ${printWay(way)} asks for it`
  const hint = `it was published by mistake: ask for another version of ${shownPlain(edge.from.packageName)}`
  return [{ ...problem, message, hint, where: placeOfWay(way, manifests) }]
}

function edgesOf(tree: IdealTree | null): readonly TreeEdge[] {
  const nodes = [...(tree?.inventory.values() ?? [])]
  const foreign = nodes.flatMap((node) => [...node.edgesOut.values()])
  return foreign.filter(({ spec }) => /^[a-z+]+:|[^\w.*^~<>=|&@/ -]/i.test(spec))
}
