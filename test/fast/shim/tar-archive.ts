/** Tar archives with everything that archives of real packages, and hostile ones, may hold. */
const BLOCK = 512

export interface Member {
  readonly path: string
  readonly content?: string
  readonly mode?: number
  /** Typeflag; '0' unless given. */
  readonly type?: string
  readonly link?: string
  /** Written into the size field instead of the content's own size. */
  readonly size?: number
}

/** Uncompressed, ended by two empty blocks. */
export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)])
}

/** A pax extended header (`x`, or `g` for all that follow). */
export function pax(fields: Readonly<Record<string, string>>, type = 'x'): Member {
  const records = Object.entries(fields).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    let length = Buffer.byteLength(rest)
    while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`)
    return `${length}${rest}`
  })
  return { path: 'PaxHeader', content: records.join(''), type }
}

/** GNU tar's way of a long name. */
export function gnuLongName(path: string): Member {
  return { path: '././@LongLink', content: `${path}\0`, type: 'L' }
}

function blocksOf({ path, content = '', mode = 0o644, type = '0', link = '', size }: Member): Buffer[] {
  const bytes = Buffer.from(content)
  const block = Buffer.alloc(BLOCK)
  block.write(path, 0, 100)
  block.write(`${mode.toString(8).padStart(7, '0')}\0`, 100)
  block.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [block, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]
}
