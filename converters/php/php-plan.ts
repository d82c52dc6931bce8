/** What the php part of a spec says beside its sources. Type aliases, because they fit the JSON type and interfaces do not. */

export type PhpPlan = {
  /** composer.lock, project-relative. */
  readonly lock: string
  /** `config.vendor-dir`, project-relative. */
  readonly vendorDir: string
  /** Programs of the project itself, project-relative. */
  readonly bin: readonly string[]
  /** By package id; the key of the package's source, where it has one. */
  readonly packages: Readonly<Record<string, PhpPackage>>
  /** Extensions of PHP that must be there, without `ext-`, sorted; `dev`: what only development needs beside them. */
  readonly extensions: { readonly prod: readonly string[]; readonly dev: readonly string[] }
  /** The autoloader, or a plugin, looks at the project's own files: they are an input of the dependencies. */
  readonly scansProject?: true
}

export type PhpPackage = {
  readonly name: string
  readonly version: string
  readonly dev?: true
  /** Of an archive: Composer's word for its kind. */
  readonly type?: string
  /** Of an archive inside the project: what Composer calls it. */
  readonly url?: string
  /** Of a git checkout: the commit. */
  readonly reference?: string
  /** Of a package that is a part of the project: where. */
  readonly directory?: string
}
