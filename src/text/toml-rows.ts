/**
 * Lists of plain tables that stand on a line each: files and dependencies, which are nearly all of a lock file. They are read here, and
 * taken out of the text, so that the rest of it is short. Lines of one form (`    { url = "", hash = "", size = 0 },`) are read by one
 * expression, which the first of them gives.
 */

export type Row = Record<string, string | number>

export interface TakenRows {
  /** In front of each statement a line feed. What stands for a list is `null`, which is no TOML. */
  readonly rest: string
  /** In the text's order. */
  readonly lists: readonly (readonly Row[])[]
}

/** What is taken is TOML, if the rest is. */
export function takeRows(text: string): TakenRows {
  const lists: (readonly Row[])[] = []
  const forms = new Forms()
  let rest = '\n'
  let done = 0
  for (let at = text.indexOf(HEAD); at !== -1; at = text.indexOf(HEAD, at + HEAD.length)) {
    const line = text.lastIndexOf('\n', at) + 1
    const key = text.slice(line, at)
    const taken = KEY.test(key) ? forms.readList(text, at + BEGIN.length) : undefined
    if (taken === undefined) continue
    lists.push(taken.rows)
    rest += `${text.slice(done, line)}${key} = null`
    done = taken.end
  }
  return { rest: rest + text.slice(done), lists }
}

const BEGIN = ' = [\n'
const HEAD = `${BEGIN}    {`
/** None that is a number: such ones come first in an object, wherever they stand in the text. */
const KEY = /^[A-Za-z_][\w-]*$/

interface Form {
  /** Sticky; a group for each value. */
  readonly line: RegExp
  readonly keys: readonly string[]
  readonly areNumbers: readonly boolean[]
}

class Forms {
  readonly #known = new Map<string, Form | undefined>()

  /** The lines from here to the bracket that closes the list. */
  readList(text: string, begin: number): { readonly rows: readonly Row[]; readonly end: number } | undefined {
    const rows: Row[] = []
    let at = begin
    let form: Form | undefined
    while (text[at] !== ']') {
      let match = form === undefined ? null : execAt(form.line, text, at)
      if (match === null) {
        form = this.#formOf(text.slice(at, text.indexOf('\n', at) + 1))
        match = form === undefined ? null : execAt(form.line, text, at)
        if (match === null) return undefined
      }
      if (form !== undefined) rows.push(rowOf(match, form))
      at += match[0].length
    }
    const end = at + 1
    return end === text.length || text[end] === '\n' ? { rows, end } : undefined
  }

  #formOf(line: string): Form | undefined {
    const blank = line.replace(/"[^"\\]*"/g, '""').replace(/ = \d+/g, ' = 0')
    if (!this.#known.has(blank)) this.#known.set(blank, findForm(blank))
    return this.#known.get(blank)
  }
}

/** `blank`: without the values. */
function findForm(blank: string): Form | undefined {
  if (!/^ {4}\{ ?[\w-]+ = (?:""|0)(?:, [\w-]+ = (?:""|0))* ?\},\n$/.test(blank)) return undefined
  const pairs = Array.from(blank.matchAll(/([\w-]+) = (""|0)/g), ([, key = '', value]) => ({ key, value }))
  const keys = pairs.map(({ key }) => key)
  if (new Set(keys).size < keys.length || keys.includes('__proto__')) return undefined
  const source = blank.replace(/[{}]/g, '\\$&').replaceAll('""', TEXT).replaceAll(' = 0', ` = ${NUMBER}`)
  return { line: new RegExp(source, 'y'), keys, areNumbers: pairs.map(({ value }) => value === '0') }
}

/** Without escapes, which have another meaning in JSON or none in TOML. */
const TEXT = '"([^"\\\\\\u0000-\\u001f\\u007f]*)"'
const NUMBER = '(0|[1-9]\\d{0,14})'

function execAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function rowOf(match: RegExpExecArray, { keys, areNumbers }: Form): Row {
  const row: Row = {}
  for (let at = 0; at < keys.length; at += 1) {
    const value = match[at + 1] ?? ''
    row[keys[at] ?? ''] = areNumbers[at] === true ? Number(value) : value
  }
  return row
}
