/**
 * Patches of the project, as pnpm, Bun and Yarn keep them: unified diffs as `git diff` writes them, applied to the files of an archive
 * before they are written. Strict: every line of context must be there, at most at another line than the diff says; nothing is
 * guessed. https://git-scm.com/docs/diff-format#generate_patch_text_with_p
 */
import { fail } from '../failure.ts'

export interface PatchableFile {
  readonly mode: number
  readonly content: Buffer
}

interface FilePatch {
  /** undefined: the file is made. */
  readonly from: string | undefined
  /** undefined: the file is removed. */
  readonly to: string | undefined
  readonly mode: number | undefined
  readonly hunks: readonly Hunk[]
}

interface Hunk {
  /** Line of the old file, from 0. */
  readonly start: number
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Whether the last line of either side has no newline. */
  readonly openBefore: boolean
  readonly openAfter: boolean
}

/** `files`: by path in the package. `label`: what messages call the patch. Fails when anything of it does not fit. */
export function applyPatch(files: Map<string, PatchableFile>, patch: string, label: string): void {
  for (const { from, to, mode, hunks } of parsePatch(patch, label)) {
    const old = from === undefined ? undefined : files.get(from)
    if (from !== undefined && old === undefined) fail(`${label} changes ${JSON.stringify(from)}, which is not there.`)
    if (from === undefined && to !== undefined && files.has(to))
      fail(`${label} makes ${JSON.stringify(to)}, which is there already.`)
    if (from !== undefined && from !== to) files.delete(from)
    if (to === undefined) continue
    const text = applyHunks(old?.content.toString('latin1') ?? '', hunks, `${label} (${to})`)
    files.set(to, { mode: mode ?? old?.mode ?? 0o644, content: Buffer.from(text, 'latin1') })
  }
}

/** Bytes are kept as latin1, so that any encoding survives. */
function applyHunks(text: string, hunks: readonly Hunk[], label: string): string {
  const lines = text === '' ? [] : text.split('\n')
  let isOpen = !text.endsWith('\n')
  if (!isOpen) lines.pop()
  let shift = 0
  for (const hunk of hunks) {
    const at = findHunk(lines, hunk, hunk.start + shift)
    if (at === undefined)
      fail(`${label}: the lines around line ${hunk.start + 1} are not what the patch was made from.`)
    lines.splice(at, hunk.before.length, ...hunk.after)
    shift = at - hunk.start + hunk.after.length - hunk.before.length
    if (at + hunk.after.length === lines.length) isOpen = hunk.openAfter
  }
  return lines.length === 0 ? '' : lines.join('\n') + (isOpen ? '' : '\n')
}

/** The nearest place where the lines stand; what follows the last character that is no space does not count. */
function findHunk(lines: readonly string[], { before }: Hunk, wanted: number): number | undefined {
  const fits = (at: number): boolean =>
    at >= 0 && at + before.length <= lines.length && before.every((line, i) => isSameLine(lines[at + i] ?? '', line))
  for (let far = 0; far <= lines.length; far += 1) {
    if (fits(wanted + far)) return wanted + far
    if (fits(wanted - far)) return wanted - far
  }
  return undefined
}

function isSameLine(a: string, b: string): boolean {
  return a === b || a.trimEnd() === b.trimEnd()
}

function parsePatch(text: string, label: string): readonly FilePatch[] {
  const lines = Buffer.from(text, 'utf8').toString('latin1').split('\n')
  if (text.endsWith('\n')) lines.pop()
  const patches: FilePatch[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (!line.startsWith('diff --git ') && !(line.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ') === true)) {
      at += 1
      continue
    }
    const { patch, next } = parseFile(lines, at, label)
    patches.push(patch)
    at = next
  }
  if (patches.length === 0) fail(`${label} is no patch: it changes no file.`)
  return patches
}

interface Header {
  from?: string | undefined
  to?: string | undefined
  mode?: number | undefined
  isNew: boolean
  isGone: boolean
}

function parseFile(lines: readonly string[], start: number, label: string): { patch: FilePatch; next: number } {
  const header: Header = { isNew: false, isGone: false }
  let at = start
  const first = /^diff --git a\/(.+) b\/(.+)$/.exec(lines[at] ?? '')
  if (first !== null) {
    Object.assign(header, { from: first[1], to: first[2] })
    at += 1
  }
  while (at < lines.length && readHeader(lines[at] ?? '', header)) at += 1
  const hunks: Hunk[] = []
  while (lines[at]?.startsWith('@@ ') === true) {
    const { hunk, next } = parseHunk(lines, at, label)
    hunks.push(hunk)
    at = next
  }
  const from = header.isNew ? undefined : checkedPath(header.from, label)
  const to = header.isGone ? undefined : checkedPath(header.to, label)
  return { patch: { from, to, mode: header.mode, hunks }, next: at }
}

/** Whether the line belongs to the header. */
function readHeader(line: string, header: Header): boolean {
  const [, word = '', rest = ''] =
    /^(--- |\+\+\+ |new file mode |deleted file mode |old mode |new mode |similarity index |rename from |rename to |index )(.*)$/.exec(
      line,
    ) ?? []
  const name = rest.replace(/\t.*$/, '')
  if (word === '') return false
  if (word === '--- ') {
    if (name === '/dev/null') header.isNew = true
    else header.from = name.replace(/^a\//, '')
  } else if (word === '+++ ') {
    if (name === '/dev/null') header.isGone = true
    else header.to = name.replace(/^b\//, '')
  } else if (word === 'new file mode ') Object.assign(header, { isNew: true, mode: modeOf(rest) })
  else if (word === 'new mode ') header.mode = modeOf(rest)
  else if (word === 'deleted file mode ') header.isGone = true
  else if (word === 'rename from ') header.from = rest
  else if (word === 'rename to ') header.to = rest
  return true
}

function modeOf(text: string): number {
  return text.trim() === '100755' ? 0o755 : 0o644
}

function parseHunk(lines: readonly string[], start: number, label: string): { hunk: Hunk; next: number } {
  const [, line = '', old = '1', fresh = '1'] =
    /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[start] ?? '') ??
    fail(`${label} has a line that is no hunk: ${JSON.stringify(lines[start])}.`)
  const before: string[] = []
  const after: string[] = []
  let openBefore = false
  let openAfter = false
  let at = start + 1
  let last = ' '
  for (; at < lines.length; at += 1) {
    const text = lines[at] ?? ''
    const isDone = before.length === Number(old) && after.length === Number(fresh)
    if (text.startsWith('\\')) {
      if (last !== '+') openBefore = true
      if (last !== '-') openAfter = true
      continue
    }
    if (isDone) break
    // Editors cut the space of an empty line of context.
    last = text[0] ?? ' '
    if (last !== ' ' && last !== '+' && last !== '-') break
    if (last !== '+') before.push(text.slice(1))
    if (last !== '-') after.push(text.slice(1))
  }
  if (before.length !== Number(old) || after.length !== Number(fresh))
    fail(`${label} is cut off or damaged: the hunk at ${JSON.stringify(lines[start])} has other lines than it says.`)
  // An empty old side names the line after which it goes.
  const position = Number(line) - (before.length === 0 ? 0 : 1)
  return { hunk: { start: position, before, after, openBefore, openAfter }, next: at }
}

function checkedPath(path: string | undefined, label: string): string {
  const isInside = path !== undefined && path !== '' && !path.startsWith('/') && !path.split(/[/\\]/).includes('..')
  if (!isInside || path.includes('\0'))
    fail(`${label} names ${JSON.stringify(path ?? '')}, which is no file of a package.`)
  return path
}
