/** Everything that can go wrong between a registry and us, each as one way of answering a request. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Sends `after` bytes of the right answer (none, not even headers, when absent), then cuts the connection. */
  | { readonly kind: 'reset'; readonly after?: number }
  /** Sends `after` bytes of the right answer (none, not even headers, when absent), then nothing more. */
  | { readonly kind: 'stall'; readonly after?: number }
  /** A `content-length` that differs from what is sent by `by` bytes; the connection is then closed. */
  | { readonly kind: 'length'; readonly by: number }
  /** The right length, another content; or another answer altogether. */
  | { readonly kind: 'bytes'; readonly body?: Uint8Array }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** A small gzip answer that expands to `size` bytes. */
  | { readonly kind: 'gzip-bomb'; readonly size: number }
  /** The right answer, compressed. */
  | { readonly kind: 'gzip' }
  /** Never-ending chunks. */
  | { readonly kind: 'endless' }

export function answerWithFault(response: ServerResponse, fault: Fault, right: Uint8Array): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-length': 0, ...fault.headers }).end()
      return
    case 'reset':
      return sendPart(response, right, fault.after, () => response.destroy())
    case 'stall':
      return sendPart(response, right, fault.after, () => {})
    case 'length':
      response.writeHead(200, { 'content-length': right.length + fault.by, connection: 'close' })
      response.write(right, () => response.destroy())
      return
    case 'bytes': {
      const body = fault.body ?? right.map((byte) => byte ^ 1)
      response.writeHead(200, { 'content-length': body.length }).end(body)
      return
    }
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.to, 'content-length': 0 }).end()
      return
    case 'gzip-bomb':
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
      response.end(gzipSync(Buffer.concat([Buffer.from('"'), Buffer.alloc(fault.size, 0x20), Buffer.from('"')])))
      return
    case 'gzip':
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(right))
      return
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      return sendForever(response)
  }
}

function sendPart(response: ServerResponse, right: Uint8Array, after: number | undefined, then: () => void): void {
  if (after === undefined) return then()
  response.writeHead(200, { 'content-length': right.length })
  response.write(right.subarray(0, after), then)
}

function sendForever(response: ServerResponse): void {
  const chunk = Buffer.alloc(65536)
  response.write(chunk, (error) => {
    if (!error && !response.destroyed) setImmediate(() => sendForever(response))
  })
}
