/** yarn.lock of Yarn 1 without the entries of some packages: what is not in it is resolved anew, and nothing else. */

/** `names`: of packages, wherever they stand, also under another name. Entries begin with their patterns, an empty line ends them. */
export function forgetYarnEntries(text: string, names: readonly string[]): string {
  const forgotten = new Set(names)
  const entries = text.split(/(?<=\n\r?\n)(?=\S)/)
  const kept = entries.filter((entry) => !patternNames(entry).some((name) => forgotten.has(name)))
  return kept.join('').replace(/(\r?\n)(?:\r?\n)+$/, '$1')
}

/** `"@a/b@^1.0.0", "c@npm:d@^1.2.0":` → `@a/b`, `c`, `d` */
function patternNames(entry: string): readonly string[] {
  const head = entry.split('\n').find((line) => /^[^\s#]/.test(line)) ?? ''
  return head.split(',').flatMap((pattern) => {
    const [, name, alias] = /^\s*"?(@?[^@"\s]+)@(?:npm:(@?[^@"\s]+))?/.exec(pattern) ?? []
    return [name, alias].filter((each) => each !== undefined)
  })
}
