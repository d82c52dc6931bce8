/** A requirements file with the files that it includes (`-r`) and is constrained by (`-c`), and the options of all of them. */
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { fail, placing, shown, type Problem, type Where } from '../../../../src/problem.ts'
import { readIndexUrl, readNearPath, type Report } from '../location.ts'
import { PUBLIC_INDEX } from '../../public-index.ts'
import { FormatControl } from './format-control.ts'
import { readLines, type RequirementLine } from './requirements-text.ts'

export interface FileLine extends RequirementLine {
  readonly file: string
}

export interface IncludedFiles {
  readonly lines: readonly FileLine[]
  /** They say nothing but which version is meant. */
  readonly constraints: readonly FileLine[]
  /** The last `--index-url`. */
  readonly index: string
  /** Every `--extra-index-url`. */
  readonly otherIndexes: readonly string[]
  readonly formats: FormatControl
  /** Where no requirement has one, and nothing says that each must: pip then takes what the index has. */
  readonly hasHashes: boolean
}

interface Reading {
  readonly files: ProjectFiles
  readonly report: (problem: Problem) => void
  readonly seen: Set<string>
  readonly lines: FileLine[]
  readonly constraints: FileLine[]
  readonly otherIndexes: string[]
  readonly formats: FormatControl
  index: string
  hasHashes: boolean
}

/** Faults are reported; `file` is there. */
export function readFiles(file: string, files: ProjectFiles, report: (problem: Problem) => void): IncludedFiles {
  const reading: Reading = {
    files,
    report,
    seen: new Set(),
    lines: [],
    constraints: [],
    index: PUBLIC_INDEX,
    otherIndexes: [],
    formats: new FormatControl(),
    hasHashes: false,
  }
  readFile(file, reading, { into: reading.lines, asked: { file } })
  return reading
}

interface Including {
  readonly into: FileLine[]
  /** Where it is included. */
  readonly asked: Where
}

function readFile(file: string, reading: Reading, { into, asked }: Including): void {
  if (reading.seen.has(file)) return
  reading.seen.add(file)
  const text = placing(asked, () => reading.files.find(file))
  if (text === undefined) {
    reading.report({ code: 'io', message: `the file ${shown(file)} is not there`, where: asked })
    return
  }
  refuseConflict(file, text)
  for (const line of readLines(text)) {
    const isEditable = line.options[0]?.[0] === '--editable'
    if (line.requirement !== '' || isEditable) into.push(checkOptions({ ...line, file }, isEditable, reading))
    else for (const option of line.options) readOption(option, { ...line, file }, reading, into)
  }
}

/** pip takes other options of such a line for granted, and forgets them. */
function checkOptions(line: FileLine, isEditable: boolean, reading: Reading): FileLine {
  for (const [name] of line.options.slice(isEditable ? 1 : 0)) {
    if (name === '--hash') reading.hasHashes = true
    if (name === '--hash' || name === '--config-settings' || name === '--config-setting') continue
    const message = `${shown(name)} is not an option that a requirement has`
    reading.report({ code: 'lock-syntax', message, where: { file: line.file, line: line.line } })
  }
  return line
}

function readOption(
  [name, value]: readonly [string, string],
  line: FileLine,
  reading: Reading,
  into: FileLine[],
): void {
  const { file } = line
  const where = { file, line: line.line }
  const report: Report = (code, message, hint) => {
    reading.report({ code, message, where, hint })
    return undefined
  }
  switch (name) {
    case '--requirement':
    case '--constraint': {
      const base = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
      const path = /^https?:/i.test(value)
        ? report('source-unsupported', `${shown(value)} is a file on the network`, 'copy it into the project')
        : readNearPath(value, report, { reach: reading.files.reach, base })
      if (path === undefined) return
      return readFile(path, reading, { into: name === '--constraint' ? reading.constraints : into, asked: where })
    }
    case '--index-url': {
      reading.index = readIndexUrl(withoutVariables(value), report) ?? reading.index
      return
    }
    case '--extra-index-url': {
      const url = readIndexUrl(withoutVariables(value), report)
      if (url !== undefined) reading.otherIndexes.push(url)
      return
    }
    case '--no-binary':
      return reading.formats.restrict('sdist', value)
    case '--only-binary':
      return reading.formats.restrict('wheel', value)
    case '--require-hashes':
      reading.hasHashes = true
      return
  }
  if (!harmless.has(name)) report('lock-syntax', `${shown(name)} is not an option of a requirements file`)
}

/** A user name that only stands for a variable is nobody's secret. */
function withoutVariables(url: string): string {
  return url.replace(/\/\/(?:\$\{\w+\}:?)+@/, '//')
}

/** They say how pip should choose or connect, which is settled. */
const harmless = new Set([
  '--no-index',
  '--find-links',
  '--prefer-binary',
  '--pre',
  '--trusted-host',
  '--use-feature',
  '--no-emit-index-url',
])

function refuseConflict(file: string, text: string): void {
  const conflict = /^(?:<{7}|>{7}|\|{7}|={7})(?: .*)?\r?$/m.exec(text)
  if (conflict === null) return
  fail({
    code: 'lock-conflict',
    message: 'the file holds merge-conflict markers',
    where: { file, line: text.slice(0, conflict.index).split('\n').length },
    hint: 'resolve the conflict, then let the package manager bring the file in order',
  })
}
