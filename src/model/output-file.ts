/** A file to be written into the user's project. */
export interface OutputFile {
  /** Project-relative, with `/`. */
  readonly path: string
  readonly text: string
  /** `lock2build`: rewritten on every run. `user`: written once, theirs to edit from then on. */
  readonly owner: 'lock2build' | 'user'
}
