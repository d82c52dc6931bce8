/** Many small archives on a loopback registry, as the sources of a spec. */
import { createHash } from 'node:crypto'
import type { SpecArchive, SpecSource } from '../../src/spec/build-spec.ts'
import type { LoopbackRegistry } from './loopback-registry.ts'

export function contentOf(index: number, size = 3000): Buffer {
  return Buffer.alloc(size, `content ${index} `)
}

export function archiveAt(url: string, bytes: Uint8Array): SpecArchive {
  return { name: 'x.tgz', urls: [url], hash: `sha512-${createHash('sha512').update(bytes).digest('base64')}` }
}

/** `pkg-0`, `pkg-1` … */
export function addSources(registry: LoopbackRegistry, count: number, size?: number): ReadonlyMap<string, SpecSource> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const bytes = contentOf(index, size)
      return [`pkg-${index}`, archiveAt(registry.addFile(`/pkg-${index}.tgz`, bytes), bytes)] as const
    }),
  )
}
