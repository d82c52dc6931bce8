/**
 * A TOML file (lock files, pyproject.toml) as unknown values with places. smol-toml does the work where toml-plain.ts cannot, and this
 * is the only file that knows it. Dates and times are texts, as TOML prints them; a key that stands twice is a problem that names both
 * lines.
 */
import { parse, TomlDate, TomlError } from 'smol-toml'
import { fail } from '../problem.ts'
import { codesOf, DEPTH_LIMIT, TextDocument } from './document.ts'
import type { TextFile } from './document.ts'
import { Lines } from './lines.ts'
import { readPlainToml } from './toml-plain.ts'
import { scanPlainToml, scanToml } from './toml-scan.ts'

/** Throws a problem for bad syntax, conflict markers, excessive depth, and every duplicate key. */
export function parseToml(text: string, file: TextFile): TextDocument {
  if (file.purpose === 'lock' && text.trim() === '') {
    const { syntax, restore } = codesOf.lock
    fail({ code: syntax, message: 'the file is empty', where: { file: file.file }, hint: restore })
  }
  const plain = readPlainToml(text)
  if (plain !== undefined) return documentOf(text, file, { value: plain, scan: scanPlainToml })
  return documentOf(text, file, { value: parseValue(text, file), scan: scanToml })
}

interface Read {
  readonly value: unknown
  readonly scan: typeof scanToml
}

function documentOf(text: string, file: TextFile, { value, scan }: Read): TextDocument {
  return new TextDocument({
    ...file,
    text,
    value,
    scan,
    // Halves of characters are no TOML.
    hasSuspectText: text.includes('\\') && /\\(?:x00|u0000|U00000000)/.test(text),
  })
}

function parseValue(text: string, file: TextFile): unknown {
  try {
    const value: unknown = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: DEPTH_LIMIT })
    if (isContainer(value)) makePlain(value, 1)
    return value
  } catch (error) {
    if (error instanceof TooDeep) return failForDepth(file)
    if (error instanceof TomlError) return failForSyntax(error, text, file)
    throw error
  }
}

class TooDeep extends Error {}

/** Replaces dates by their text and integers that are no safe numbers by theirs, and looks how deep it goes: headers know no limit. */
function makePlain(container: Container, depth: number): void {
  if (depth > DEPTH_LIMIT) throw new TooDeep()
  for (const key in container) {
    const value = container[key]
    if (typeof value === 'bigint') container[key] = Number(value)
    if (!isContainer(value)) continue
    if (value instanceof TomlDate) container[key] = value.toISOString()
    else makePlain(value, depth + 1)
  }
}

type Container = Record<string, unknown>

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

function failForSyntax(error: TomlError, text: string, file: TextFile): never {
  const codes = codesOf[file.purpose]
  failForConflict(text, file)
  if (error.message.includes('excessively nested')) failForDepth(file, error.line)
  if (error.message.includes('already defined')) {
    // Names both places; a key may also contradict a table in ways that only the parser knows.
    documentOf(text, file, { value: undefined, scan: scanToml }).failForDuplicates()
  }
  const [first = ''] = error.message.split('\n')
  const reason = first.replace('Invalid TOML document: ', '')
  fail({
    code: codes.syntax,
    message: `the file is not TOML: ${reason}`,
    where: { file: file.file, line: error.line },
    hint: codes.restore,
    cause: error,
  })
}

function failForConflict(text: string, { file, purpose }: TextFile): void {
  const conflict = /^(?:<{7}|>{7}|\|{7}|={7})(?: .*)?\r?$/m.exec(text)
  if (conflict === null) return
  fail({
    code: codesOf[purpose].conflict,
    message: 'the file holds merge-conflict markers',
    where: { file, line: new Lines(text).at(conflict.index) },
    hint: 'resolve the conflict, then let the package manager bring the file in order',
  })
}

function failForDepth({ file, purpose }: TextFile, line?: number): never {
  const message = `tables and lists are nested more than ${DEPTH_LIMIT} deep`
  return fail({ code: codesOf[purpose].limit, message, where: { file, ...(line === undefined ? {} : { line }) } })
}
