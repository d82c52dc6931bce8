/** What a bun.lock entry calls its package: `name@1.0.0`, `name@workspace:packages/a`, `name@github:o/r#0123abc`. */

export type Resolution =
  | { readonly kind: 'npm'; readonly version: string }
  | { readonly kind: 'workspace' | 'folder' | 'link'; readonly path: string }
  | { readonly kind: 'root' }
  /** `url` is absolute, or a path in the project. */
  | { readonly kind: 'tarball'; readonly url: string }
  /** `url` begins with `git+`, or is something that git alone understands; it ends with `#` and a commit. */
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'github'; readonly repository: string; readonly rev: string }
  | { readonly kind: 'unknown'; readonly text: string }

export interface NamedResolution {
  readonly name: string
  readonly resolution: Resolution
}

/** Never throws: what it does not know is `unknown`. */
export function parseResolution(text: string): NamedResolution {
  const at = text.indexOf('@', 1)
  if (text.startsWith('@root:')) return { name: '', resolution: { kind: 'root' } }
  if (at === -1) return { name: text, resolution: { kind: 'unknown', text: '' } }
  return { name: text.slice(0, at), resolution: parseReference(text.slice(at + 1)) }
}

function parseReference(text: string): Resolution {
  // Nearly all.
  if (/^\d/.test(text) && !/[:/]/.test(text)) return isArchive(text) ? { kind: 'tarball', url: text } : npm(text)
  const [, scheme = '', rest = ''] = /^([a-z+]+):(.*)$/s.exec(text) ?? []
  switch (scheme) {
    case 'workspace':
      return { kind: 'workspace', path: rest }
    case 'file':
      return { kind: 'folder', path: rest }
    case 'link':
      return { kind: 'link', path: rest }
    case 'root':
      return { kind: 'root' }
    case 'github':
      return parseGithub(rest) ?? { kind: 'unknown', text }
    case 'http':
    case 'https':
      return { kind: 'tarball', url: text }
    case 'git':
    case 'ssh':
      return { kind: 'git', url: text }
  }
  if (scheme.startsWith('git+')) return { kind: 'git', url: text }
  if (isArchive(text)) return { kind: 'tarball', url: text }
  return { kind: 'unknown', text }
}

function npm(version: string): Resolution {
  return { kind: 'npm', version }
}

function isArchive(text: string): boolean {
  return /\.(?:tgz|tar\.gz|tar)$/i.test(text)
}

function parseGithub(text: string): Resolution | undefined {
  const [, repository, rev] = /^([A-Za-z0-9-]+\/[A-Za-z0-9._-]+)#([^\s#&?]+)$/.exec(text) ?? []
  return repository === undefined || rev === undefined ? undefined : { kind: 'github', repository, rev }
}

/** The project's directory that a link leads to; undefined for what is unpacked or copied. */
export function directoryOf(resolution: Resolution): string | undefined {
  switch (resolution.kind) {
    case 'root':
      return ''
    case 'workspace':
    case 'link':
      return resolution.path
    case 'folder':
    case 'npm':
    case 'tarball':
    case 'git':
    case 'github':
    case 'unknown':
      return undefined
  }
}
