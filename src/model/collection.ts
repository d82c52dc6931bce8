/** Collections: packages that are installed for their programs, each like a project of its own that depends on nothing else. */
import type { Code } from '../problem.ts'

export const COLLECTION_FILE = 'packages.json'

/** Where the manifest and the lock file of a package stand, beside packages.json. */
export function packageFolder(name: string): string {
  return `lock2build/packages/${name}`
}

/** What is asked for, in the ecosystem's own words. */
export interface ToolRequest {
  /** The name that it is installed under: its attribute, and the directory of its lock file. */
  readonly name: string
  /** A range, a tag, a URL; `*`: any version. */
  readonly range: string
  /** Of Python packages. */
  readonly extras?: readonly string[] | undefined
}

/** What is wrong with a request. */
export interface ToolFault {
  readonly code: Code
  readonly message: string
  readonly hint?: string | undefined
}

/** What an ecosystem knows of such packages. Loaded when there is a collection. */
export interface Tools {
  /** A key of packages.json and its value. */
  read(key: string, range: string): ToolRequest | ToolFault
  /** As it is typed, or an element of a list: `prettier@3`, `black>=24`. Gives key and value. */
  split(text: string): readonly [key: string, range: string]
  /** The project that its lock file is made for: project-relative path → text. */
  manifest(request: ToolRequest): ReadonlyMap<string, string>
  /** Files beside packages.json that say where packages come from, and are read with the manifest. */
  readonly configuration: readonly string[]
  /** Whether the lock file says that the package has programs; undefined: it does not say. */
  hasPrograms(name: string, lockText: string): boolean | undefined
}
