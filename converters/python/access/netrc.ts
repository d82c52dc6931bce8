/** netrc (https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html), as Python's own `netrc` reads it. */

export interface NetrcEntry {
  readonly login: string
  readonly password: string
}

export interface Netrc {
  /** By host, in lower case, without a port. The last of a host counts. */
  readonly machines: ReadonlyMap<string, NetrcEntry>
  readonly fallback?: NetrcEntry | undefined
}

/** What is no entry is passed over: the file is for many programs. */
export function parseNetrc(text: string): Netrc {
  const machines = new Map<string, NetrcEntry>()
  let fallback: NetrcEntry | undefined
  const words = wordsOf(text)
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]
    if (word !== 'machine' && word !== 'default') continue
    const host = word === 'machine' ? words[(at += 1)]?.toLowerCase() : undefined
    let login = ''
    let password = ''
    for (; isKeyword(words[at + 1]); at += 2) {
      if (words[at + 1] === 'password') password = words[at + 2] ?? ''
      else if (words[at + 1] !== 'account') login = words[at + 2] ?? ''
    }
    if (host !== undefined) machines.set(host, { login, password })
    else if (word === 'default') fallback ??= { login, password }
  }
  return { machines, fallback }
}

function isKeyword(word: string | undefined): boolean {
  return word === 'login' || word === 'user' || word === 'password' || word === 'account'
}

/** Separated by white space; quotes hold it together, a backslash takes the next character as it is. Without macros and comments. */
function wordsOf(text: string): readonly string[] {
  const plain = text.replace(/^[ \t]*macdef\b[^]*?(?:\n[ \t]*\r?\n|$(?![^]))/gm, '').replace(/^[ \t]*#.*$/gm, '')
  return [...plain.matchAll(/"((?:[^"\\]|\\[^])*)"|((?:[^\s"\\]|\\[^])(?:[^\s\\]|\\[^])*)/g)].map(([, quoted, bare]) =>
    (quoted ?? bare ?? '').replace(/\\([^])/g, '$1'),
  )
}
