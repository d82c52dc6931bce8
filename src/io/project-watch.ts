/**
 * A project directory that notes what is asked of it, with digests of the answers. Whoever asks the same and is answered the same comes
 * to the same end; so it can be told that there is nothing to do without doing it, in a clone as well, where all times and numbers differ.
 */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectFiles } from '../model/world.ts'
import { ProblemError } from '../problem.ts'
import { findStats } from './inside.ts'
import { findBytes, projectFiles } from './project-files.ts'

/** Something that was asked, and the digest of the answer in hex (sha256). */
export interface Look {
  readonly question: Question
  readonly path: string
  readonly answer: string
}

type Question = keyof typeof questions

export interface WatchedFiles extends ProjectFiles {
  /** Whether anything is there, be it a link that leads nowhere. */
  has(path: string): boolean
}

export interface ProjectWatch {
  readonly files: WatchedFiles
  /** Something was read that cannot be asked again like this: an archive, what another program says. */
  giveUp(): void
  /** Undefined: what came of it depends on more than that. */
  looks(): readonly Look[] | undefined
}

export function watchProject(directory: string): ProjectWatch {
  const files = projectFiles(directory)
  const looks = new Map<string, Look>()
  let isWhole = true
  /** An error has no digest; whoever goes on in spite of it may do anything. */
  const noted = <Answer>(question: Question, path: string, ask: () => Answer): Answer => {
    const known = isWhole
    isWhole = false
    const answer = ask()
    isWhole = known
    const key = `${question} ${path}`
    if (!looks.has(key)) looks.set(key, { question, path, answer: digestOf(answer) })
    return answer
  }
  return {
    files: {
      get reach() {
        return noted('reach', '', () => files.reach)
      },
      has: (path) => noted('has', path, () => questions.has(directory, path)),
      find: (path) => noted('text', path, () => files.find(path)),
      directories: (path) => noted('directories', path, () => files.directories(path)),
    },
    giveUp: () => {
      isWhole = false
    },
    looks: () => (isWhole ? [...looks.values()] : undefined),
  }
}

/** A text that is to stand in a file. */
export function lookAt(path: string, text: string): Look {
  return { question: 'text', path, answer: digestOf(text) }
}

/** What is in a directory now; not what is in its directories. Throws where it cannot be read. */
export function lookInto(directory: string, path: string): Look {
  return { question: 'entries', path, answer: digestOf(questions.entries(directory, path)) }
}

/** Whether all of it is answered as it was; what cannot be asked is not. */
export function isAnsweredAlike(directory: string, looks: readonly Look[]): boolean {
  try {
    return looks.every(({ question, path, answer }) => digestOf(questions[question](directory, path)) === answer)
  } catch (error) {
    if (error instanceof ProblemError || (error instanceof Error && 'code' in error)) return false
    throw error
  }
}

/** No path holds it. */
const END = '\0'

export function printLooks(looks: readonly Look[]): string {
  return looks.flatMap(({ question, path, answer }) => [question, path, answer]).join(END)
}

/** Undefined: it is no such text. */
export function readLooks(text: string): readonly Look[] | undefined {
  const words = text.split(END)
  const looks: Look[] = []
  for (let at = 0; at < words.length; at += 3) {
    const [question = '', path, answer] = words.slice(at, at + 3)
    if (!isQuestion(question) || path === undefined || answer === undefined) return undefined
    looks.push({ question, path, answer })
  }
  return looks
}

const questions = {
  reach: (directory: string) => projectFiles(directory).reach,
  has: (directory: string, path: string) => findStats(join(directory, path)) !== undefined,
  // A text is its bytes, as it is decoded strictly: asking again need not decode it.
  text: findBytes,
  directories: (directory: string, path: string) => projectFiles(directory).directories(path),
  entries: (directory: string, path: string) => {
    const full = join(directory, path)
    if (!lstatSync(full).isDirectory()) return undefined
    const entries = readdirSync(full, { withFileTypes: true })
    return entries
      .map((entry) => `${entry.name} ${entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other'}`)
      .sort()
  },
} satisfies Record<string, (directory: string, path: string) => unknown>

function isQuestion(word: string): word is Question {
  return Object.hasOwn(questions, word)
}

function digestOf(answer: unknown): string {
  const isText = typeof answer === 'string' || answer instanceof Uint8Array
  const hash = createHash('sha256').update(isText ? 'text ' : 'value ')
  return hash.update(isText ? answer : String(JSON.stringify(answer))).digest('hex')
}
