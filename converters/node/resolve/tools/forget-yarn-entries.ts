/** yarn.lock of Yarn 1 without the entries of some packages: what is not in it is resolved anew, and nothing else. */

/** `names`: of packages, wherever they stand. Entries are separated by empty lines, and begin with their patterns. */
export function forgetYarnEntries(text: string, names: readonly string[]): string {
  const forgotten = new Set(names)
  const entries = text.split(/(?<=\n)\r?\n+(?=\S)/)
  return entries.filter((entry) => !patternNames(entry).some((name) => forgotten.has(name))).join('\n')
}

/** `"@a/b@^1.0.0", "@a/b@^1.2.0":` → `@a/b`, twice */
function patternNames(entry: string): readonly string[] {
  const head = entry.split('\n').find((line) => /^[^\s#]/.test(line)) ?? ''
  return head.split(',').flatMap((pattern) => /^\s*"?(@?[^@"\s]+)@/.exec(pattern)?.[1] ?? [])
}
