// The entry of the thread that documents of registries are fetched in.
import { serveDocuments } from '../io/documents-threads.ts'
import { loadKeptDocuments } from './resolve-documents.ts'

serveDocuments(loadKeptDocuments)
