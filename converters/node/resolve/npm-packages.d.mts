/** What is used of npm's modules, which come without types. Trees and errors are looked at as little as possible. */
declare module '@npmcli/arborist' {
  export interface TreeEdge {
    readonly name: string
    readonly spec: string
    readonly type: string
    readonly from: TreeNode
    readonly to: TreeNode | null
  }

  export interface TreeNode {
    readonly name: string
    readonly packageName: string
    readonly version: string
    readonly location: string
    readonly isProjectRoot: boolean
    readonly isLink: boolean
    readonly optional: boolean
    readonly package: { readonly [key: string | symbol]: unknown }
    readonly inBundle: boolean
    readonly inDepBundle: boolean
    readonly isRegistryDependency: boolean
    readonly errors: readonly unknown[]
    readonly edgesIn: ReadonlySet<TreeEdge>
    readonly edgesOut: ReadonlyMap<string, TreeEdge>
    resolved: string | null
    integrity: string | null
  }

  export interface IdealTree extends TreeNode {
    readonly inventory: ReadonlyMap<string, TreeNode>
    readonly meta: {
      /** Absolute path of the lock file. */
      readonly filename: string | null
      readonly loadedFromDisk: boolean
      toString(options: { readonly format: unknown }): string
    }
  }

  export default class Arborist {
    constructor(options: Readonly<Record<string, unknown>>)
    /** As far as it was built, when that failed. */
    readonly idealTree: IdealTree | null
    buildIdealTree(options: Readonly<Record<string, unknown>>): Promise<IdealTree>
  }
}

declare module 'npm-package-arg' {
  export interface Spec {
    readonly type: string
    readonly name: string | null
    readonly escapedName: string | null
    readonly rawSpec: string
    readonly fetchSpec: string | null
    readonly registry?: boolean
    readonly subSpec?: Spec
  }
  const parseSpec: {
    /** Throws for what cannot be a dependency. */
    resolve(name: string, spec: string, where?: string): Spec
  }
  export default parseSpec
}

declare module 'npm-pick-manifest' {
  /** The version's manifest; throws when none fits. */
  export default function pickManifest(
    packument: unknown,
    wanted: string,
    options: Readonly<Record<string, unknown>>,
  ): unknown
}
