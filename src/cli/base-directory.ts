/** Where paths of the command line start: `-C`, or the working directory; not the project that an operand names. */
import { resolve } from 'node:path'
import type { ParsedLine } from './arguments.ts'

/** Absolute. */
export function baseDirectory({ values }: ParsedLine): string {
  return resolve(typeof values.directory === 'string' ? values.directory : '.')
}
