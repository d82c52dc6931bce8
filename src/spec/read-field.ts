/** What reading any part of a spec needs: unknown keys are refused, and texts have a shape. */
import { storeName } from '../digest/store-path.ts'
import { shown } from '../problem.ts'
import type { Fields } from '../text/fields.ts'
import {
  anyHash,
  archiveHash,
  archiveUrl,
  gitRev,
  gitUrl,
  insidePath,
  nearPath,
  treeHash,
  variableName,
} from './source-text.ts'

interface Shape {
  readonly pattern: RegExp
  /** Completes "… is not". */
  readonly what: string
}

const shapes = {
  storeName: { pattern: storeName, what: 'a name the Nix store takes' },
  archiveUrl: { pattern: archiveUrl, what: 'a plain http or https URL' },
  gitUrl: { pattern: gitUrl, what: 'a URL that git should be given' },
  gitRev: { pattern: gitRev, what: 'a full git commit' },
  insidePath: { pattern: insidePath, what: 'a path inside the project' },
  nearPath: { pattern: nearPath, what: 'a path inside the project or beside it' },
  variableName: { pattern: variableName, what: 'a variable that a project may set' },
  anyHash: { pattern: anyHash, what: 'one integrity' },
  archiveHash: { pattern: archiveHash, what: 'one sha512 or sha256 integrity' },
  treeHash: { pattern: treeHash, what: 'one sha256 integrity' },
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
  const { pattern, what } = shapes[shape]
  if (pattern.test(text)) return true
  keyProblem(fields, key, `${shown(text)} is not ${what}`)
  return false
}

export function onlyKeys(fields: Fields, known: ReadonlySet<string>): void {
  if (fields.hasOnly(known)) return
  for (const key of fields.keys()) {
    if (!known.has(key)) keyProblem(fields, key, `${shown(key)} is not known here`)
  }
}

export function keyProblem(fields: Fields, key: string, message: string): void {
  fields.addProblem('spec-invalid', message, { key })
}
