/**
 * The lines of a requirements file (https://pip.pypa.io/en/stable/reference/requirements-file-format/): continuations joined, comments
 * removed, options told from requirements. `${VAR}` is left as it stands.
 */

export interface RequirementLine {
  /** Where it begins, from 1. */
  readonly line: number
  /** What is asked for, or '' of a line that is only an option. */
  readonly requirement: string
  /** In their order, with their long names: `--hash` → `sha256:…`. */
  readonly options: readonly (readonly [name: string, value: string])[]
}

/** Never throws: what nobody knows is an option of its own name, and its meaning is the reader's business. */
export function readLines(text: string): readonly RequirementLine[] {
  return logicalLines(text).flatMap(({ line, text: written }) => {
    const plain = written.replace(/(?:^|\s+)#.*$/s, '').trim()
    return plain === '' ? [] : [{ line, ...splitOptions(plain) }]
  })
}

/** A backslash at its end continues a line; a comment is never continued. */
function logicalLines(text: string): readonly { readonly line: number; readonly text: string }[] {
  const lines: { line: number; text: string }[] = []
  let open: { line: number; text: string } | undefined
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const isComment = /^\s*#/.test(written)
    const current: { line: number; text: string } = open ?? { line: index + 1, text: '' }
    current.text += isComment ? ` ${written}` : written.replace(/\\$/, '')
    open = !isComment && written.endsWith('\\') ? current : undefined
    if (open === undefined) lines.push(current)
  }
  return open === undefined ? lines : [...lines, open]
}

const longNames: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-i': '--index-url',
  '-f': '--find-links',
  '--pypi-url': '--index-url',
}

/** As pip: the requirement ends where the first word begins with a dash. */
function splitOptions(text: string): Pick<RequirementLine, 'requirement' | 'options'> {
  const words = text.split(/\s+/)
  const start = words.findIndex((word) => word.startsWith('-'))
  if (start === -1) return { requirement: text, options: [] }
  const requirement = words.slice(0, start).join(' ')
  const options: [string, string][] = []
  for (const word of words.slice(start)) {
    const [, short, rest = ''] = /^(-[rceif])(?!-)(.*)$/s.exec(word) ?? []
    const [, long, value] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    const last = options.at(-1)
    if (short !== undefined) options.push([longNames[short] ?? short, rest.replace(/^=/, '')])
    else if (long !== undefined) options.push([longNames[long] ?? long, value ?? ''])
    else if (word.startsWith('-') || last === undefined) options.push([word, ''])
    else last[1] = last[1] === '' ? word : `${last[1]} ${word}`
  }
  return { requirement, options }
}
