/**
 * A YAML file as unknown values with places: what {@link YamlReader} accepts, read twice only when somebody asks for a line or a key
 * stands twice.
 */
import { fail } from '../problem.ts'
import { codesOf, TextDocument } from './document.ts'
import type { TextFile } from './document.ts'
import type { KeyNode, Scan } from './json-scan.ts'
import { Lines } from './lines.ts'
import type { Scalars, YamlRange, YamlValue } from './yaml-cursor.ts'
import { YamlReader } from './yaml-reader.ts'
import { YamlFault } from './yaml-scalars.ts'

export interface YamlFile extends TextFile {
  /**
   * `text`: every plain scalar is a text, as for Yarn; `Fields.boolean` and `Fields.integer` then read texts. `typed`, unless given:
   * true, false, null and numbers are what YAML says, so a version that was not quoted is of the wrong type.
   */
  readonly scalars?: Scalars
}

/** The file's only document. Throws a problem for bad syntax, conflict markers, excessive depth, every duplicate key. */
export function parseYaml(text: string, file: YamlFile): TextDocument {
  const [document, second] = parseYamlDocuments(text, file)
  if (document === undefined) throw new RangeError('a YAML file has at least one document')
  if (second === undefined) return document
  const message = 'a second document begins in this file'
  return fail({ code: document.codes.syntax, message, where: second.where([]), hint: document.codes.restore })
}

/** Every document of the file, in order, at least one; an empty one has the value null. */
export function parseYamlDocuments(text: string, file: YamlFile): readonly TextDocument[] {
  const plain = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  refuseControls(plain, file)
  return findRanges(plain, file).map((range) => parseRange(plain, range, file))
}

function parseRange(text: string, range: YamlRange, { file, purpose, scalars = 'typed' }: YamlFile): TextDocument {
  const reader = new YamlReader(text, range, scalars)
  const document = new TextDocument({
    file,
    purpose,
    text,
    value: readValue(reader, text, { file, purpose }),
    scan: () => scanKeys(text, range, scalars),
    hasSuspectText: text.includes('\\') && /\\(?:0|x00|u0000|[uU][0-9a-fA-F]*[dD][89a-fA-F])/.test(text),
    scalars,
  })
  if (reader.duplicates.length > 0 && document.codes.duplicate !== undefined) document.failForDuplicates()
  return document
}

function readValue(reader: YamlReader, text: string, { file, purpose }: TextFile): YamlValue {
  try {
    return reader.read()
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    const codes = codesOf[purpose]
    const lines = new Lines(text)
    failForConflict(text, lines, { file, purpose })
    const line = lines.at(Math.min(error.offset, text.length))
    const code = error.kind === 'limit' ? codes.limit : codes.syntax
    return fail({ code, message: error.message, where: { file, line }, hint: error.hint ?? codes.restore })
  }
}

function failForConflict(text: string, lines: Lines, { file, purpose }: TextFile): void {
  const conflict = /^(?:<{7}|>{7}|\|{7}|={7})(?: .*)?$/m.exec(text)
  if (conflict === null) return
  fail({
    code: codesOf[purpose].conflict,
    message: 'the file holds merge-conflict markers',
    where: { file, line: lines.at(conflict.index) },
    hint: 'resolve the conflict, then let the package manager bring the file in order',
  })
}

function scanKeys(text: string, range: YamlRange, scalars: Scalars): Scan {
  const root: KeyNode = { offset: range.start }
  const reader = new YamlReader(text, range, scalars, root)
  reader.read()
  return { root, duplicates: reader.duplicates }
}

/** YAML has no control characters, not even in quotes. */
function refuseControls(text: string, { file, purpose }: TextFile): void {
  const found = /[\u0000-\u0008\u000b-\u001f\u007f]/.exec(text)
  if (found === null) return
  const codes = codesOf[purpose]
  const where = { file, line: new Lines(text).at(found.index) }
  fail({ code: codes.syntax, message: 'the file holds a control character', where, hint: codes.restore })
}

/** Between the lines `---`. Those can be nothing else, whatever they stand in. */
function findRanges(text: string, file: TextFile): readonly YamlRange[] {
  if (!/^(?:---|\.\.\.|%)/m.test(text)) return [{ start: 0, end: text.length }]
  const refusal = /^(?:%.*|\.\.\.(?: .*)?|--- *[^\s#].*)$/m.exec(text)
  if (refusal !== null && !refusal[0].startsWith('----')) refuseLine(refusal, text, file)
  const ranges: YamlRange[] = []
  let start = 0
  for (const marker of text.matchAll(/^---(?: .*)?$/gm)) {
    // What stands before the first line is no document, unless there is something.
    if (ranges.length > 0 || start > 0 || hasContent(text.slice(0, marker.index)))
      ranges.push({ start, end: marker.index })
    start = marker.index + marker[0].length
  }
  return [...ranges, { start, end: text.length }]
}

function hasContent(text: string): boolean {
  return /^ *[^ #\n]/m.test(text)
}

function refuseLine({ 0: line, index }: RegExpExecArray, text: string, { file, purpose }: TextFile): void {
  const codes = codesOf[purpose]
  const what = line.startsWith('%') ? 'a directive (%)' : line.startsWith('.') ? 'the mark ...' : 'something behind ---'
  const where = { file, line: new Lines(text).at(index) }
  fail({ code: codes.syntax, message: `${what} stands here`, where, hint: 'remove it' })
}
