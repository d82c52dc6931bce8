/** A zip on a server, of which only what is asked for is fetched (https://www.rfc-editor.org/rfc/rfc9110#name-range-requests). */
import type { Web } from '../../../src/model/world.ts'
import type { RandomAccess } from './zip-member.ts'

/** Bytes: the directory and, as the specification of wheels recommends, the metadata are at the end. */
const TAIL = 64 * 1024
/** Bytes that are fetched at least. */
const LEAST = 8 * 1024

/** Throws what `Web.fetchPart` throws. */
export async function openRemoteZip(url: string, web: Web): Promise<RandomAccess> {
  const tail = await web.fetchPart(url, { last: TAIL })
  const parts = [tail]
  return {
    size: tail.size,
    read: async (from, to) => {
      if (from < 0 || to > tail.size) throw new RangeError('outside of the file')
      let part = parts.find(({ start, bytes }) => start <= from && to <= start + bytes.length)
      if (part === undefined) {
        part = await web.fetchPart(url, { from, to: Math.min(tail.size, Math.max(to, from + LEAST)) })
        parts.push(part)
      }
      const { start, bytes } = part
      if (from < start || to > start + bytes.length) throw new RangeError('not what was asked for')
      return Buffer.from(bytes.buffer, bytes.byteOffset + from - start, to - from)
    },
  }
}
