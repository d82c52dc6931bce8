/** The links of a page of HTML, as far as an index needs them: attributes, character references, comments; nothing is built of it. */

export interface Link {
  readonly href: string
  readonly requiresPython: string | undefined
  readonly yanked: boolean
  /** Under either of the two names of the attribute (PEP 714). */
  readonly hasMetadata: boolean
}

export interface Links {
  /** `<base href>`: the first counts. */
  readonly base: string | undefined
  /** `<meta name="pypi:repository-version">`. */
  readonly version: string | undefined
  /** In their order; without those that have no `href`. */
  readonly links: readonly Link[]
}

/** A comment, a tag with its attributes (quoted ones may hold `>`), or a tag that never ends: nothing is looked for behind that. */
const PIECE = /<!--[^]*?(?:-->|$)|<(a|base|meta)(?=[\s/>])(?:((?:[^"'>]|"[^"]*"|'[^']*')*)>|)/gi
const ATTRIBUTE = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g

export function linksOf(html: string): Links {
  let base: string | undefined
  let version: string | undefined
  const links: Link[] = []
  for (const [, tag, text] of html.matchAll(PIECE)) {
    if (tag === undefined) continue
    if (text === undefined) break
    const attributes = attributesOf(text)
    const href = attributes.get('href')
    if (/^meta$/i.test(tag)) {
      if (attributes.get('name')?.toLowerCase() === 'pypi:repository-version') version ??= attributes.get('content')
    } else if (/^base$/i.test(tag)) base ??= href
    else if (href !== undefined) {
      const required = attributes.get('data-requires-python')
      links.push({
        href,
        requiresPython: required === '' ? undefined : required,
        yanked: attributes.has('data-yanked'),
        hasMetadata: attributes.has('data-core-metadata') || attributes.has('data-dist-info-metadata'),
      })
    }
  }
  return { base, version, links }
}

/** By name in lower case; the first of a name counts. */
function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase()
    if (!attributes.has(key)) attributes.set(key, unescape(double ?? single ?? bare ?? '').trim())
  }
  return attributes
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The five named references that an index writes, and all numbers. */
function unescape(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));/g,
    (whole, decimal, hex, name) => {
      if (typeof name === 'string') return named[name] ?? whole
      const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : String(whole)
    },
  )
}
