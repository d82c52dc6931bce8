/**
 * The dialect of INI that npm reads `.npmrc` with: `key = value`, `key[] = value`, `; comment`, `# comment`, quoted values
 * as JSON, `\;` and `\#` as themselves. A line that is neither is skipped, and sections hold nothing npm asks for.
 */

export interface IniEntry {
  readonly key: string
  /** Written as `key[]`: one value of several. */
  readonly isItem: boolean
  readonly value: string
  readonly line: number
}

/** The entries in order; a later one of the same key wins. A key without `=` has the value `true`. */
export function parseIni(text: string): readonly IniEntry[] {
  const entries: IniEntry[] = []
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue
    if (/^\[[^\]]*\]$/.test(line)) break
    const equals = line.indexOf('=')
    const key = unquote(equals === -1 ? line : line.slice(0, equals))
    if (key === '') continue
    const value = equals === -1 ? 'true' : unquote(line.slice(equals + 1))
    const isItem = key.endsWith('[]')
    entries.push({ key: isItem ? key.slice(0, -2) : key, isItem, value, line: index + 1 })
  }
  return entries
}

function unquote(text: string): string {
  const value = text.trim()
  const quote = value[0]
  if ((quote !== '"' && quote !== "'") || value.length < 2 || !value.endsWith(quote)) return unescape(value)
  return parseQuoted(quote === "'" ? value.slice(1, -1) : value)
}

function parseQuoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    // npm keeps what is not JSON as it stands
    return text
  }
}

/** Cuts at the first bare `;` or `#`, and takes the backslash from an escaped one. */
function unescape(value: string): string {
  const comment = /(?<!\\)(?:\\\\)*[;#]/.exec(value)
  const kept = comment === null ? value : value.slice(0, comment.index + comment[0].length - 1)
  return kept.replace(/\\([\\;#])/g, '$1').trim()
}
