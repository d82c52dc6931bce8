/**
 * Yarn's words for packages: a descriptor asks (`ms@npm:^2.1.0`), a locator answers (`ms@npm:2.1.3`). Both are an ident and a range
 * of the form `protocol:source#selector::parameters`. As yarn's structUtils reads them.
 */
import { hash } from 'node:crypto'

export interface Ident {
  /** `@types/node`. */
  readonly name: string
  readonly range: string
}

export interface Range {
  /** With its colon: `npm:`; undefined where there is none. */
  readonly protocol: string | undefined
  /** What stands before `#`; undefined where there is no `#`. */
  readonly source: string | undefined
  readonly selector: string
  readonly parameters: ReadonlyMap<string, string>
}

const IDENT = /^((?:@[^/@]+\/)?[^/@]+)@(.+)$/s

/** Splits at the `@` behind the name; undefined when there is none. */
export function parseIdent(text: string): Ident | undefined {
  const [, name, range] = IDENT.exec(text) ?? []
  return name === undefined || range === undefined ? undefined : { name, range }
}

const RANGE = /^([^#:]*:)?((?:(?!::)[^#])*)(?:#((?:(?!::).)*))?(?:::(.*))?$/s

export function parseRange(text: string): Range {
  const [, protocol, before = '', after, parameters] = RANGE.exec(text) ?? [undefined, undefined, text]
  return {
    protocol,
    source: after === undefined ? undefined : decoded(before),
    selector: decoded(after ?? before),
    parameters: parameters === undefined ? noParameters : new Map(new URLSearchParams(parameters)),
  }
}

const noParameters: ReadonlyMap<string, string> = new Map()

/** As it is where it cannot be decoded. */
function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `^1.0.0` as Yarn 3 and older write it is `npm:^1.0.0`, and so is a tag. */
export function withProtocol(range: string): string {
  if (range.startsWith('npm:')) return range
  return /^[^:/]*$/.test(range) && !range.startsWith('.') && !range.startsWith('~/') ? `npm:${range}` : range
}

/** The name of the package's file in the cache, without its last part: `ms-npm-2.1.3-81ff3cfac1`. */
export function slugOf({ name, range }: Ident): string {
  const { protocol, selector } = parseRange(range)
  const human = protocol === undefined ? 'exotic' : protocol.replace(/:$/, '')
  const version = plainVersion(selector)
  const [scope, bare] = name.startsWith('@')
    ? [name.slice(1, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
    : ['', name]
  const slug = `${name.replace('/', '-')}-${human}${version === undefined ? '' : `-${version}`}`
  return `${slug}-${sha512(sha512(scope + bare) + range).slice(0, 10)}`
}

function sha512(text: string): string {
  return hash('sha512', text)
}

const VERSION = /^[v=\s]*(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)(?:\+[0-9A-Za-z.-]+)?\s*$/

/** What semver.valid makes of it: build metadata goes. */
function plainVersion(text: string): string | undefined {
  return VERSION.exec(text)?.[1]
}
