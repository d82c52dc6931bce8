/** Makes an npm tarball (gzip of ustar, everything below `package/`) from files. The same files give the same bytes. */
import { gzipSync } from 'node:zlib'

/** Text or bytes of a regular file, one with a mode of its own, or a symbolic link. */
export type TarballFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly symlink: string }

const BLOCK = 512

/** Paths are relative to the package; `prefix` is the archive's top directory. */
export function npmTarball(files: Readonly<Record<string, TarballFile>>, prefix = 'package'): Buffer {
  const blocks = Object.entries(files).flatMap(([path, file]) => member(`${prefix}/${path}`, file))
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
}

function member(path: string, file: TarballFile): Buffer[] {
  if (typeof file === 'object' && 'symlink' in file) return [header(path, 0, 0o777, '2', file.symlink)]
  const [content, mode] =
    typeof file === 'string' || file instanceof Uint8Array ? [file, 0o644] : [file.content, file.mode]
  const bytes = Buffer.from(content)
  return [header(path, bytes.length, mode, '0', ''), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]
}

function header(path: string, size: number, mode: number, type: string, link: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  const { prefix, name } = splitPath(path)
  block.write(name, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  // npm pack's own constant: 1985-10-26T08:15:00Z.
  block.write(octal(499162500, 12), 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\x0000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 7)} `, 148)
  return block
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

/** Ustar holds 100 bytes of name and 155 of leading directories. */
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const cut = path.indexOf('/', path.length - 101)
  if (cut < 0 || cut > 155) throw new Error(`too long for ustar: ${path}`)
  return { prefix: path.slice(0, cut), name: path.slice(cut + 1) }
}
