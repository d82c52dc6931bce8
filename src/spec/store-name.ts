/**
 * Names of sources in the Nix store, made from untrusted names and URLs. They are for people: what is fetched is decided by the
 * hash, and the same package gets the same name everywhere, so the store path of a source never depends on a project.
 */
import { STORE_NAME_LIMIT } from '../digest/store-path.ts'

interface Named {
  readonly name: string
  readonly version: string
}

/** `@babel/core`, `7.0.0`, `https://…/core-7.0.0.tgz` → `babel-core-7.0.0.tgz`. A wheel keeps its file name, which is data. */
export function archiveStoreName({ name, version }: Named, url: string): string {
  // Nearly every archive of npm's.
  if (url.endsWith('.tgz') && !/[?#]/.test(url)) return cleanStoreName(`${name}-${version}`, '.tgz')
  const base = baseName(url)
  if (/\.whl$/i.test(base)) return cleanStoreName(base)
  return cleanStoreName(`${name}-${version}`, extensionOf(base))
}

/** `left-pad`, `0123456789…` → `left-pad-0123456`, as fetchgit names checkouts. */
export function gitStoreName({ name }: Pick<Named, 'name'>, rev: string): string {
  return cleanStoreName(name, `-${rev.slice(0, 7)}`)
}

/** `vendor/thing 1.0.tgz` → `thing-1.0.tgz`. */
export function localStoreName(path: string): string {
  return cleanStoreName(path.slice(path.lastIndexOf('/') + 1))
}

/** A valid store name whatever the texts hold: other characters become `-`, too long a name is cut in front of the ending. */
export function cleanStoreName(text: string, ending = ''): string {
  const isPlainEnding = ending === '.tgz' || (ending === '' && !text.endsWith('.drv'))
  if (isPlainEnding && text.length <= PLAIN_LENGTH && PLAIN_STEM.test(text)) return text + ending
  const stem = replaceForeign(text).replace(/^[.-]+|-+$/g, '')
  const tail = replaceForeign(ending).slice(0, STORE_NAME_LIMIT / 2)
  const name = (stem === '' ? 'source' : stem).slice(0, STORE_NAME_LIMIT - tail.length) + tail
  return name.replace(/\.drv$/, '-drv')
}

/** Nearly every package: nothing to replace, to trim or to cut. (A pattern that counts takes several times as long.) */
const PLAIN_STEM = /^[A-Za-z0-9+_][A-Za-z0-9+._-]*(?<!-)$/
const PLAIN_LENGTH = 100

function replaceForeign(text: string): string {
  return text.replace(/[^A-Za-z0-9+._-]+/g, '-')
}

function baseName(url: string): string {
  const end = url.search(/[?#]/)
  const path = end === -1 ? url : url.slice(0, end)
  return path.slice(path.lastIndexOf('/') + 1)
}

function extensionOf(base: string): string {
  if (base.endsWith('.tgz')) return '.tgz'
  return /\.(?:tgz|txz|tbz2?|tar(?:\.(?:gz|bz2|xz|zst|lz))?|zip|gem|crate)$/i.exec(base)?.[0].toLowerCase() ?? ''
}
