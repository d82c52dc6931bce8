/** What reading any part of a spec needs: unknown keys are refused, and texts have a shape. */
import { isStoreName } from '../digest/store-path.ts'
import { parseSri } from '../digest/sri.ts'
import { ProblemError, shown } from '../problem.ts'
import type { Fields } from '../text/fields.ts'
import { archiveUrl, gitRev, gitUrl, insidePath } from './source-text.ts'

interface Shape {
  readonly isRight: (text: string) => boolean
  /** Completes "… is not". */
  readonly what: string
}

const shapes = {
  storeName: { isRight: isStoreName, what: 'a name the Nix store takes' },
  archiveUrl: { isRight: (text) => archiveUrl.test(text), what: 'a plain http or https URL' },
  gitUrl: { isRight: (text) => gitUrl.test(text), what: 'a URL that git should be given' },
  gitRev: { isRight: (text) => gitRev.test(text), what: 'a full git commit' },
  insidePath: { isRight: (text) => insidePath.test(text), what: 'a path inside the project' },
  anyHash: { isRight: (text) => isOneHash(text, ['sha512', 'sha384', 'sha256', 'sha1', 'md5']), what: 'one integrity' },
  archiveHash: { isRight: (text) => isOneHash(text, ['sha512', 'sha256']), what: 'one sha512 or sha256 integrity' },
  treeHash: { isRight: (text) => isOneHash(text, ['sha256']), what: 'one sha256 integrity' },
} as const satisfies Record<string, Shape>

export type ShapeName = keyof typeof shapes

/** A text that must be there and have the shape; '' and a collected problem when not. */
export function textLike(fields: Fields, key: string, shape: ShapeName): string {
  const text = fields.requiredText(key)
  if (text === undefined || checkShape(fields, key, text, shape)) return text ?? ''
  return ''
}

/** Collects a problem when the text has another shape. */
export function checkShape(fields: Fields, key: string, text: string, shape: ShapeName): boolean {
  const { isRight, what } = shapes[shape]
  if (isRight(text)) return true
  keyProblem(fields, key, `${shown(text)} is not ${what}`)
  return false
}

export function onlyKeys(fields: Fields, known: readonly string[]): void {
  for (const key of fields.keys()) {
    if (!known.includes(key)) keyProblem(fields, key, `${shown(key)} is not known here`)
  }
}

export function keyProblem(fields: Fields, key: string, message: string): void {
  fields.addProblem('spec-invalid', message, { key })
}

function isOneHash(text: string, algorithms: readonly string[]): boolean {
  if (/\s/.test(text)) return false
  try {
    return parseSri(text).every(({ algorithm }) => algorithms.includes(algorithm))
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}
