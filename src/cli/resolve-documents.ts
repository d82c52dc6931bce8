/** The registries' documents that a resolution asks for: fetched as the user's configuration says, kept in lock2build's cache. */
import { ecosystems } from '../../converters/index.ts'
import { cacheDirectory, cacheFolder } from '../io/cache-directory.ts'
import { documentsThreads, type DocumentsThreads } from '../io/documents-threads.ts'
import { keptDocuments } from '../io/kept-documents.ts'
import { projectFiles } from '../io/project-files.ts'
import type { Ecosystem, ReadContext } from '../model/converter.ts'
import type { KeptDocuments } from '../model/world.ts'
import { loadWeb } from './connect.ts'
import { loadUserConfig } from './ecosystem-config.ts'

declare const LOCK2BUILD_DOCUMENTS_WORKER: string

export interface DocumentSettings {
  /** An ecosystem's name. */
  readonly ecosystem: string
  /** Absolute: the project, or where its manifests are. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly registry?: string | undefined
  readonly offline: boolean
}

/** In threads that start when documents are asked for. */
export function documentsFor(settings: DocumentSettings): DocumentsThreads {
  // The environment of a process cannot be cloned as it is.
  const { environment } = settings
  return documentsThreads(new URL(LOCK2BUILD_DOCUMENTS_WORKER, import.meta.url), {
    ...settings,
    environment: { ...environment },
  })
}

/** In this thread. */
export async function loadKeptDocuments(settings: DocumentSettings): Promise<KeptDocuments> {
  const { environment, offline } = settings
  const ecosystem = ecosystems.find(({ name }) => name === settings.ecosystem)
  if (ecosystem?.loadShrink === undefined) throw new Error(`${settings.ecosystem} keeps no documents`)
  const [shrink, context] = await Promise.all([ecosystem.loadShrink(), loadContext(ecosystem, settings)])
  return keptDocuments({
    directory: cacheFolder(cacheDirectory(environment), 'documents', ecosystem.name),
    shrink,
    documents: () => loadWeb(settings, context, ecosystem),
    offline,
  })
}

/** What a resolution reads of a project and of the user's configuration. Throws `io`. */
export async function loadContext(
  { name }: Ecosystem,
  { directory, environment, registry }: Omit<DocumentSettings, 'ecosystem' | 'offline'>,
): Promise<ReadContext> {
  const userConfig = await loadUserConfig(name, environment)
  return { file: '', files: projectFiles(directory), userConfig, environment, registry }
}
