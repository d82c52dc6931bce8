/** What the store holds, entry by entry. Read from the disk every time: nothing else knows it. */
import { join } from 'node:path'
import { findLinkTarget, listNames } from '../io/store-scan.ts'
import type { Algorithm } from '../model/digest.ts'
import type { SourceKey } from './source-store.ts'
import { BUILDS, ROOTS, SOURCES, sourcePath } from './store-layout.ts'

export interface SourceEntry {
  readonly path: string
  readonly form: SourceKey['form']
  /** undefined: its name is none that we give. */
  readonly key: SourceKey | undefined
}

export interface BuildEntry {
  readonly path: string
  readonly key: string
}

/** A link to a result, somewhere outside of the store, that a build was made for. */
export interface RootEntry {
  /** In the store. */
  readonly path: string
  /** Absolute. */
  readonly link: string
  /** The build that it leads to now; undefined when it is gone, or leads elsewhere. */
  readonly build: string | undefined
}

/** In the order of their paths. Throws `io`. */
export function listSources(root: string): readonly SourceEntry[] {
  return forms.flatMap((form) => {
    const ofForm = join(root, SOURCES, form)
    return listNames(ofForm).flatMap((algorithm) =>
      listNames(join(ofForm, algorithm)).flatMap((prefix) => {
        const directory = join(ofForm, algorithm, prefix)
        return listNames(directory).map((name) => sourceEntry(root, form, algorithm, join(directory, name), name))
      }),
    )
  })
}

/** In the order of their keys. Throws `io`. */
export function listBuilds(root: string): readonly BuildEntry[] {
  return listNames(join(root, BUILDS)).map((key) => ({ key, path: join(root, BUILDS, key) }))
}

/** Throws `io`. */
export function listRoots(root: string): readonly RootEntry[] {
  return listNames(join(root, ROOTS)).flatMap((name) => {
    const path = join(root, ROOTS, name)
    const link = findLinkTarget(path)
    return link === undefined ? [] : [{ path, link, build: findBuild(root, link) }]
  })
}

const forms = ['file', 'tree'] as const

const lengths: Readonly<Partial<Record<string, number>>> = { sha256: 64, sha384: 96, sha512: 128 }

function sourceEntry(
  root: string,
  form: SourceKey['form'],
  algorithm: string,
  path: string,
  name: string,
): SourceEntry {
  if (!isStoreAlgorithm(algorithm) || name.length !== lengths[algorithm] || !/^[0-9a-f]+$/.test(name)) {
    return { path, form, key: undefined }
  }
  const key: SourceKey = { form, digest: { algorithm, hex: name } }
  return { path, form, key: sourcePath(root, key) === path ? key : undefined }
}

function isStoreAlgorithm(name: string): name is Extract<Algorithm, 'sha256' | 'sha384' | 'sha512'> {
  return Object.hasOwn(lengths, name)
}

function findBuild(root: string, link: string): string | undefined {
  const start = `${join(root, BUILDS)}/`
  const target = findLinkTarget(link)
  return target?.startsWith(start) === true ? target.slice(start.length).split('/')[0] : undefined
}
