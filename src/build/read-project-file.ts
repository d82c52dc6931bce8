/** One file of the project, as an input of a build. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { failIo } from '../io/inside.ts'
import { findReal, readingFlags } from '../io/project-files.ts'
import { fail, shown } from '../problem.ts'

/** Bytes of a project-relative path; links are followed inside the project. Throws `path-escapes`, `io`. */
export function readProjectFile(project: string, path: string): Buffer {
  const real = findReal(project, path)
  if (real === undefined) {
    fail({
      code: 'io',
      message: `the file ${shown(path)}, which the lock file names, is not there`,
      where: { file: path },
      hint: 'put the file back, or run the package manager to lock again',
    })
  }
  try {
    const file = openSync(real, readingFlags)
    try {
      return readFileSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return failIo(error, 'reading', real)
  }
}
