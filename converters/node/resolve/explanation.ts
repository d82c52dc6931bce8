/** Why something stands in the tree, in words: npm's explanations (`Node.explain`, `Edge.explain`) are nested objects. */
import { shown } from '../../../src/problem.ts'
import type { TreeEdge, TreeNode } from './npm-modules.ts'

type Explained = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Explained {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(record: Explained, key: string): string {
  const value = record[key]
  return typeof value === 'string' ? value : ''
}

/** An explained package: `react@18.3.1`, or `the project`. */
export function nameOf(node: unknown): string {
  if (!isRecord(node) || textOf(node, 'name') === '') return 'the project'
  const version = textOf(node, 'version')
  return shownPlain(version === '' ? textOf(node, 'name') : `${textOf(node, 'name')}@${version}`)
}

/** From the project to an explained package: `the project → a@1.0.0 → b@2.0.0`. */
export function wayTo(node: unknown): string {
  return way(node, []).map(nameOf).join(' → ')
}

function way(node: unknown, seen: readonly unknown[]): readonly unknown[] {
  if (!isRecord(node) || seen.includes(node)) return [node]
  const dependents = node['dependents']
  const [first] = Array.isArray(dependents) ? dependents : []
  return isRecord(first) ? [...way(first['from'], [...seen, node]), node] : [node]
}

/** The package that the project itself asks for on the way to an explained one: its name, and the project or member that asks. */
export function firstStep(node: unknown): { readonly name: string; readonly from: string } | undefined {
  const [project, first] = way(node, [])
  if (!isRecord(first)) return undefined
  const from = isRecord(project) ? textOf(project, 'name') : ''
  return { name: textOf(first, 'name'), from }
}

/** Who asks for an explained package, and how: `the project (^18.2.0)`. */
export function askersOf(node: unknown): readonly string[] {
  const dependents = isRecord(node) ? node['dependents'] : undefined
  if (!Array.isArray(dependents)) return []
  return dependents.filter(isRecord).map((edge) => `${wayTo(edge['from'])} (${shownPlain(textOf(edge, 'spec'))})`)
}

/** From the project to a package of the tree itself. */
export function wayInTree(node: TreeNode): readonly TreeNode[] {
  const nodes: TreeNode[] = []
  for (let at: TreeNode | undefined = node; at !== undefined && !nodes.includes(at); at = askerOf(at)) nodes.unshift(at)
  return nodes
}

function askerOf(node: TreeNode): TreeNode | undefined {
  const [edge]: readonly TreeEdge[] = [...node.edgesIn]
  return node.isProjectRoot ? undefined : edge?.from
}

export function printWay(nodes: readonly TreeNode[]): string {
  return nodes.map((node) => (node.isProjectRoot ? 'the project' : printNode(node))).join(' → ')
}

function printNode({ name, version }: TreeNode): string {
  return shownPlain(version ? `${name}@${version}` : name)
}

/** Text of a stranger's within a sentence: without the quotes, as long as nothing in it needs them. */
export function shownPlain(text: string): string {
  return /^[\w@./^~<>=|*+ :#-]{1,120}$/.test(text) ? text : shown(text)
}
