/** A directory as a tar archive without a top directory, as `git archive` writes one (POSIX.1-2001, pax headers for long names). */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

const BLOCK = 512

/** Files, links and their modes; no times, no owners. */
export function writeTar(root: string): Buffer {
  const parts: Buffer[] = []
  const add = (dir: string): void => {
    for (const name of readdirSync(`${root}/${dir}`).sort()) {
      const path = dir === '' ? name : `${dir}/${name}`
      const stats = lstatSync(`${root}/${path}`)
      if (stats.isSymbolicLink())
        parts.push(...entry({ path, type: '2', mode: 0o777, link: readlinkSync(`${root}/${path}`) }))
      else if (stats.isDirectory()) {
        parts.push(...entry({ path: `${path}/`, type: '5', mode: 0o755 }))
        add(path)
      } else {
        const mode = (stats.mode & 0o111) === 0 ? 0o644 : 0o755
        parts.push(...entry({ path, type: '0', mode, content: readFileSync(`${root}/${path}`) }))
      }
    }
  }
  add('')
  parts.push(Buffer.alloc(2 * BLOCK))
  return Buffer.concat(parts)
}

interface Entry {
  readonly path: string
  readonly type: string
  readonly mode: number
  readonly link?: string
  readonly content?: Buffer
}

function entry({ path, type, mode, link = '', content = Buffer.alloc(0) }: Entry): readonly Buffer[] {
  const records = [
    ...(isShort(path) ? [] : [record('path', path)]),
    ...(isShort(link) ? [] : [record('linkpath', link)]),
  ]
  const long =
    records.length === 0 ? [] : entry({ path: 'pax', type: 'x', mode: 0o644, content: Buffer.concat(records) })
  return [
    ...long,
    header({ path: short(path), type, mode, link: short(link) }, content.length),
    content,
    padding(content.length),
  ]
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= 100
}

/** With a pax record beside it, only a hint. */
function short(text: string): string {
  return isShort(text) ? text : 'long'
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function record(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  const size = Buffer.byteLength(rest)
  let length = size + String(size).length
  if (size + String(length).length !== length) length = size + String(length).length
  return Buffer.from(`${length}${rest}`)
}

function header({ path, type, mode, link }: Required<Omit<Entry, 'content'>>, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void =>
    void block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  block.write(path, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}
