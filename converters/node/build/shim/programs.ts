/** What an installed package gives to a prefix: links to its programs in `bin`, to its manual pages in `share/man`. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
import { say } from './failure.ts'
import { listAt, recordAt, textAt } from './json-value.ts'
import { cleanPath, filesBelow } from './manifest.ts'
import type { Manifest } from './manifest.ts'

export interface Prefix {
  /** Directory of `bin` and `share`. */
  readonly out: string
  /** Makes the program at `link` of the file, which is there. Absent: a link. */
  readonly write?: (link: string, file: string) => void
}

/** Returns the names of its programs; those whose file is not there are left out, with a warning. */
export function linkPrograms(
  { bins }: Manifest,
  installed: string,
  { out, write = linkFile }: Prefix,
): readonly string[] {
  const linked: string[] = []
  for (const [name, file] of bins) {
    const target = `${installed}/${file}`
    if (!existsSync(target)) {
      say(
        `warning: package.json names the program ${JSON.stringify(name)}, and ${JSON.stringify(file)} is not there after the build.`,
      )
      continue
    }
    mkdirSync(`${out}/bin`, { recursive: true })
    write(`${out}/bin/${name}`, target)
    linked.push(name)
  }
  return linked
}

export function linkFile(link: string, file: string): void {
  symlinkSync(relative(dirname(link), file), link)
}

export function linkManuals(pages: readonly string[], installed: string, out: string): void {
  for (const page of pages) {
    const section = /\.([0-9])(?:\.gz)?$/.exec(page)?.[1]
    if (section === undefined || !existsSync(`${installed}/${page}`)) continue
    const dir = `${out}/share/man/man${section}`
    mkdirSync(dir, { recursive: true })
    linkFile(`${dir}/${basename(page)}`, `${installed}/${page}`)
  }
}

/** `man`, one or several. Two pages of one name: the first stays. */
export function namedManuals({ json }: Manifest): readonly string[] {
  const one = textAt(json, 'man')
  return distinct(((one === undefined ? listAt(json, 'man') : [one]) ?? []).map(cleanPath))
}

/** Without `man` the files of `directories.man`, which npm lets count when it publishes a package, not when it installs one. */
export function allManuals(manifest: Manifest, installed: string): readonly string[] {
  const named = namedManuals(manifest)
  const dir = textAt(recordAt(manifest.json, 'directories'), 'man')
  if (named.length > 0 || dir === undefined) return named
  return distinct(filesBelow(`${installed}/${cleanPath(dir)}`, '').map((file) => `${cleanPath(dir)}/${file}`))
}

function distinct(pages: readonly string[]): readonly string[] {
  return [...new Map([...pages].reverse().map((page) => [basename(page), page])).values()].reverse()
}
