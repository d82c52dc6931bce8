/** Selectors of packages in lists of whose scripts may run: `name`, `name@version`, `name@version || version`. */

interface Named {
  readonly name?: string | undefined
  readonly version?: string | undefined
}

export function isSelected(selectors: readonly string[], { name = '', version = '' }: Named): boolean {
  return selectors.some((selector) => {
    if (!selector.startsWith(name)) return false
    const at = selector.indexOf('@', 1)
    if (at === -1) return selector === name
    const versions = selector.slice(at + 1).split('||')
    return selector.slice(0, at) === name && versions.some((each) => each.trim() === version)
  })
}
