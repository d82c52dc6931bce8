/** The project's files as a reader sees them: a binary lock file reads as the text that its own program makes of it. */
import { basename } from 'node:path'
import { projectFiles } from '../io/project-files.ts'
import type { ProjectWatch } from '../io/project-watch.ts'
import type { ProjectFiles } from '../model/world.ts'
import type { FoundLock } from './detect.ts'

export interface ReadableRequest {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly watch?: ProjectWatch | undefined
}

export async function readableFiles(
  { directory, environment, watch }: ReadableRequest,
  found: FoundLock,
): Promise<ProjectFiles> {
  const { file } = found
  const files = watch?.files ?? projectFiles(directory)
  const binary = findBinaryForm(found)
  if (binary === undefined) return files
  watch?.giveUp()
  const { convertToText } = await import('../io/binary-lock.ts')
  const text = await convertToText(binary, { directory, file, files, environment })
  return { ...files, find: (path) => (path === file ? text : files.find(path)) }
}

/** How the found file becomes text, when it is none. */
export function findBinaryForm({ format, file }: FoundLock): FoundLock['format']['binary'] {
  return format.binary !== undefined && basename(file) === format.binary.file ? format.binary : undefined
}
