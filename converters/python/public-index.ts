/** The public index of Python packages. The only file that knows its address. */

export const PUBLIC_INDEX = 'https://pypi.org/simple/'

const FILE_HOST = 'https://files.pythonhosted.org/'

/** Its files stand on a host of their own. */
export const hostAliases: Readonly<Record<string, string>> = {
  'files.pythonhosted.org': 'pypi.org',
  'pypi.python.org': 'pypi.org',
}

/** Other addresses under which the same index is known in lock files. */
const ALIASES = new Set(['https://pypi.org/simple', 'https://pypi.python.org/simple', 'https://pypi.org/pypi'])

export function isPublicIndex(index: string): boolean {
  return index === PUBLIC_INDEX || ALIASES.has(index.replace(/\/+$/, ''))
}

/**
 * Where a file of the public index is found by its name: the file host redirects to its real place. It goes by what the uploader
 * called the Python version, which is not always what the file name says: good as a second choice only.
 */
export function redirectingUrl(name: string, filename: string): string {
  const python = filename.endsWith('.whl') ? (filename.slice(0, -'.whl'.length).split('-').at(-3) ?? '') : 'source'
  return `${FILE_HOST}packages/${python}/${name.slice(0, 1)}/${name}/${encodeURIComponent(filename)}`
}
