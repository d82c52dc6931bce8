/** Where the files are that a lock file names by digest only: each project's page of each index is asked for once. */
import { isSameDigest, printSri } from '../../src/digest/sri.ts'
import type { IndexedFile, Indexes, ReadContext } from '../../src/model/converter.ts'
import type { Digest } from '../../src/model/digest.ts'
import type { LockedPackage } from '../../src/model/lock.ts'
import type { IndexedSource } from '../../src/model/source.ts'
import type { Web } from '../../src/model/world.ts'
import { fail, shown } from '../../src/problem.ts'
import { fetchIndexPage, type IndexFile, type IndexPage } from './index-pages.ts'
import { isPublicIndex, PUBLIC_INDEX, redirectingUrl } from './public-index.ts'

/** `--registry` stands in for the public index. */
export function pythonIndexes({ registry }: Pick<ReadContext, 'registry'>, web: Web): Indexes {
  const pageOf = indexPages(registry, web)
  return {
    main: PUBLIC_INDEX,
    find: async (source, pkg) => findFile(source, pkg, await pageOf(source.index, pkg.name)),
  }
}

/** The page of a project (PEP 503 name), once for each index. */
export type IndexPages = (index: string, name: string) => Promise<IndexPage>

/** Whoever looks up by the same web shares the pages. */
export function indexPages(registry: string | undefined, web: Web): IndexPages {
  const known = shared.get(web) ?? new Map<string | undefined, IndexPages>()
  shared.set(web, known)
  const pages = known.get(registry) ?? newPages(registry, web)
  known.set(registry, pages)
  return pages
}

const shared = new WeakMap<Web, Map<string | undefined, IndexPages>>()

function newPages(registry: string | undefined, web: Web): IndexPages {
  const pages = new Map<string, Promise<IndexPage>>()
  return (index, name) => {
    const base = registry !== undefined && isPublicIndex(index) ? registry : index
    const key = `${base}\n${name}`
    const page = pages.get(key) ?? fetchIndexPage(web, base, name)
    pages.set(key, page)
    return page
  }
}

function findFile(source: IndexedSource, pkg: LockedPackage, page: IndexPage): IndexedFile {
  const named = source.filename === undefined ? [] : page.named(source.filename)
  const same = named.find((file) => agrees(source, file)) ?? page.withDigest(source.digests)[0]
  // A page need not say digests: then the name counts, and the build verifies the bytes.
  const found = same ?? named.find(({ digests }) => !isContradicted(source.digests, digests))
  if (found !== undefined) return located(source, pkg, found)
  const [other] = named
  return other === undefined ? failMissing(source, pkg) : failMismatch(source, other)
}

function located({ index, filename }: IndexedSource, pkg: LockedPackage, found: IndexFile): IndexedFile {
  const name = filename ?? found.filename
  return { filename: name, urls: isPublicIndex(index) ? [found.url, redirectingUrl(pkg.name, name)] : [found.url] }
}

function agrees({ digests }: IndexedSource, file: IndexFile): boolean {
  return digests.some((digest) => file.digests.some((other) => isSameDigest(digest, other)))
}

function isContradicted(claimed: readonly Digest[], published: readonly Digest[]): boolean {
  return published.some(({ algorithm }) => claimed.some((digest) => digest.algorithm === algorithm))
}

function failMissing({ index, filename, digests }: IndexedSource, pkg: LockedPackage): never {
  const what = filename === undefined ? `file with ${digests.map(printSri).join(' or ')}` : shown(filename)
  return fail({
    code: 'not-found',
    message: `the page of ${shown(pkg.name)} in the index ${shown(index)} has no ${what}`,
    hint: 'if it was removed there, lock the package again; if it is in another index, name that in your configuration',
  })
}

function failMismatch({ digests }: IndexedSource, file: IndexFile): never {
  return fail({
    code: 'integrity-mismatch',
    message: `the index has ${shown(file.filename)} with ${file.digests.map(printSri).join(' or ')}, but the lock file says ${digests.map(printSri).join(' or ')}`,
    hint: 'find out why they differ before you trust either; if the new one is right, lock the package again',
  })
}
