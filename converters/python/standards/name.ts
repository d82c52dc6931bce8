/**
 * Names of Python projects, extras and groups: what may be one, and the one spelling by which they are compared
 * (https://packaging.python.org/en/latest/specifications/name-normalization/, PEP 503 and 685).
 */

import { fail, shown, type Where } from '../../../src/problem.ts'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
const NORMALIZED = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
/** A path component of a common file system. */
const LONGEST = 255

export function isName(text: string): boolean {
  return text.length <= LONGEST && NAME.test(text)
}

export function isNormalizedName(text: string): boolean {
  return text.length <= LONGEST && NORMALIZED.test(text)
}

/** `Zope.Interface` → `zope-interface`. Says nothing about whether the text is a name. */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

/** The normalized name. Throws `name-invalid`. */
export function getName(text: string, where?: Where): string {
  if (!isName(text)) fail({ code: 'name-invalid', message: `${shown(text)} is not a name of a Python package`, where })
  return normalizeName(text)
}
