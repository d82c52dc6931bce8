/**
 * A memory of what was found to be what a lock file gives, by contents. Times and numbers tell that nothing changed in a directory (see
 * build-stamp.ts), and all differ in a clone or where another branch was checked out meanwhile; what files say does not.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheDirectory } from '../io/cache-directory.ts'
import { notesIn } from '../io/notes.ts'
import { isAnsweredAlike, lookAt, lookInto, printLooks, readLooks, type ProjectWatch } from '../io/project-watch.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { circumstances } from './circumstances.ts'
import type { Invocation } from './commands.ts'
import { SPEC_FILE } from './previous-spec.ts'
import type { Settings } from './settings.ts'

export interface SpecMemory {
  /** Whether these files stand in the project, and are known to be what its lock file gives as it is now. */
  isKnown(): boolean
  /** `own`: all files of lock2build/, which stand there. `watch`: of the run that found them to be right. */
  save(watch: ProjectWatch, own: readonly OutputFile[]): void
}

/** `text`: what stands in spec.json. Throws `io`. */
export async function specMemory(
  invocation: Invocation,
  settings: Settings,
  { spec, text }: { readonly spec: BuildSpec; readonly text: string },
): Promise<SpecMemory> {
  const { directory, environment } = invocation
  const notes = notesIn(join(cacheDirectory(environment), 'specs'))
  const around = await circumstances(invocation, Object.keys(spec.ecosystems))
  const key = JSON.stringify([around, { ...settings }, createHash('sha256').update(text).digest('hex')])
  return {
    isKnown: () => {
      const looks = readLooks(notes.find(key) ?? '')
      return looks !== undefined && isAnsweredAlike(directory, looks)
    },
    save: (watch, own) => {
      const looks = watch.looks()
      if (looks === undefined) return
      // What spec.json says is known by the key.
      const others = own.filter(({ path }) => path !== SPEC_FILE).map((file) => lookAt(file.path, file.text))
      notes.save(key, printLooks([...looks, ...others, lookInto(directory, 'lock2build')]))
    },
  }
}
