/** A directory over HTTP, for this machine alone: pnpm before 10.17 reads no registry from a directory. */
import { createReadStream, statSync } from 'node:fs'
import { fail } from '../../failure.ts'

export interface Served {
  /** Ends with `/`. */
  readonly url: string
  close(): void
}

export async function serveDirectory(directory: string): Promise<Served> {
  // It takes some milliseconds to load, and newer pnpms need none of it.
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = `${directory}${path}`
    // The directory holds links to the sources; nothing else is asked for.
    if (path.split('/').includes('..') || !isFile(file)) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': statSync(file).size })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') return fail('No port of this machine could be listened on.')
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${address.port}/`, close }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
