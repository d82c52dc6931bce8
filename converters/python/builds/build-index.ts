/** Releases of build requirements in the index: which wheels there are, and what each needs. Every page and file is asked for once. */
import type { NonEmpty } from '../../../src/model/source.ts'
import type { Downloads, Web } from '../../../src/model/world.ts'
import { ProblemError } from '../../../src/problem.ts'
import type { IndexFile } from '../index-pages.ts'
import { indexPages } from '../indexes.ts'
import { PUBLIC_INDEX } from '../public-index.ts'
import { parseRequirement, type Requirement } from '../standards/requirement.ts'
import { findSpecifiers, type Specifier } from '../standards/specifier.ts'
import { compareVersions, printVersion, type Version } from '../standards/version.ts'
import { parseWheelName, type WheelName } from '../standards/wheel-name.ts'
import { fetchBytes } from './fetch-bytes.ts'

export interface Release {
  readonly name: string
  readonly version: Version
  /** As printed. */
  readonly text: string
  /** In the index's order; at least one. */
  readonly wheels: NonEmpty<ReleaseWheel>
}

export interface ReleaseWheel {
  readonly name: string
  readonly file: IndexFile
  readonly wheel: WheelName
  /** undefined: any Python, or nothing that can be read. */
  readonly requiresPython: readonly Specifier[] | undefined
}

export interface BuildIndex {
  /** Newest first; releases without a wheel are none. Throws what the web throws. */
  releases(name: string): Promise<readonly Release[]>
  /** `Requires-Dist` of a wheel; what cannot be read is left out. */
  requirements(wheel: ReleaseWheel): Promise<readonly Requirement[]>
}

export interface IndexWorld {
  readonly web: Web
  readonly downloads: Downloads
  readonly registry?: string | undefined
}

export function buildIndex({ web, downloads, registry }: IndexWorld): BuildIndex {
  const pageOf = indexPages(registry, web)
  const releases = new Map<string, Promise<readonly Release[]>>()
  const needs = new Map<string, Promise<readonly Requirement[]>>()
  return {
    releases: (name) => {
      const found = releases.get(name) ?? pageOf(PUBLIC_INDEX, name).then((page) => groupReleases(name, page.files()))
      releases.set(name, found)
      return found
    },
    requirements: (wheel) => {
      const { url } = wheel.file
      const found = needs.get(url) ?? fetchMetadata(wheel, web, downloads).then(readRequirements)
      needs.set(url, found)
      return found
    },
  }
}

function groupReleases(name: string, files: readonly IndexFile[]): readonly Release[] {
  const versions = new Map<string, { readonly version: Version; readonly wheels: ReleaseWheel[] }>()
  for (const file of files) {
    const wheel = file.yanked || file.digests.length === 0 ? undefined : parseWheelName(file.filename)
    if (wheel === undefined || wheel.name !== name) continue
    const text = printVersion(wheel.version)
    const release = versions.get(text) ?? { version: wheel.version, wheels: [] }
    versions.set(text, release)
    const requiresPython = findSpecifiers(file.requiresPython ?? '')
    release.wheels.push({ name: file.filename, file, wheel, requiresPython })
  }
  const list = [...versions].flatMap(
    ([
      text,
      {
        version,
        wheels: [first, ...rest],
      },
    ]): readonly Release[] => (first === undefined ? [] : [{ name, version, text, wheels: [first, ...rest] }]),
  )
  return list.sort((a, b) => compareVersions(b.version, a.version))
}

/** The index's own copy, or that in the wheel. */
async function fetchMetadata({ file }: ReleaseWheel, web: Web, downloads: Downloads): Promise<string> {
  try {
    if (file.hasMetadata) return (await web.fetchText(`${file.url}.metadata`, '*/*')).text
  } catch (error) {
    if (!isOnly(error, 'not-found')) throw error
  }
  return (await readWheel(file, web, downloads)) ?? ''
}

/** Of a wheel without a copy only the end is fetched: it only says which other wheels are pinned, as that copy does. */
async function readWheel(file: IndexFile, web: Web, downloads: Downloads): Promise<string | undefined> {
  const isMetadata = (path: string) => /^[^/]+\.dist-info\/METADATA$/.test(path)
  const [{ findMember, findZipMember }, { openRemoteZip }] = await Promise.all([
    import('../archives/archive-member.ts'),
    import('../archives/remote-zip.ts'),
  ])
  try {
    return await findZipMember(await openRemoteZip(file.url, web), isMetadata)
  } catch (error) {
    // Some servers refuse what they cannot do instead of sending the whole file.
    if (!isOnly(error, 'network')) throw error
    return findMember(await fetchBytes([file.url], file.digests, downloads), file.filename, isMetadata)
  }
}

function isOnly(error: unknown, code: 'network' | 'not-found'): boolean {
  return error instanceof ProblemError && error.problems.every((problem) => problem.code === code)
}

/** Headers end at the first empty line. */
function readRequirements(metadata: string): readonly Requirement[] {
  const headers = metadata.split(/\r?\n\r?\n/, 1)[0] ?? ''
  return [...headers.matchAll(/^Requires-Dist:[ \t]*([^\r\n]*)/gim)].flatMap(([, text = '']) => {
    try {
      return [parseRequirement(text)]
    } catch (error) {
      if (error instanceof ProblemError) return []
      throw error
    }
  })
}
