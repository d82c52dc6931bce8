/**
 * Which version of a package manager a project wants, and where its archive is: `packageManager` of package.json (Corepack), else
 * the release that belongs to this version of the lock format.
 * https://github.com/nodejs/corepack#when-authoring-packages
 */
import { parseSri } from '../../src/digest/sri.ts'
import type { ReadContext } from '../../src/model/converter.ts'
import type { Digest } from '../../src/model/digest.ts'
import { packageId } from '../../src/model/lock.ts'
import type { LockedPackage } from '../../src/model/lock.ts'
import { rootFields } from '../../src/text/fields.ts'
import { parseJson } from '../../src/text/json-document.ts'
import { isVersion } from './package-name.ts'
import { getRegistry, tarballUrl } from './registry.ts'
import type { Registries } from './registry.ts'

/** What Corepack and `devEngines` call it. */
export type ManagerWord = 'npm' | 'yarn' | 'pnpm' | 'bun'

export interface NamedManager {
  readonly word: ManagerWord
  /** Exact; undefined when only a range or nothing is said. */
  readonly version: string | undefined
  /** Of the archive in the registry. Weak ones are not kept. */
  readonly digests: readonly Digest[]
}

/** What package.json says; undefined when it says nothing that can be used. Throws `manifest-syntax`. */
export function findNamedManager({ files }: Pick<ReadContext, 'files'>): NamedManager | undefined {
  const text = files.find(MANIFEST)
  return text === undefined ? undefined : namedIn(text)
}

/** The lock files of the package manager that a package.json names. */
export function findLockFiles(manifest: string): readonly string[] | undefined {
  const named = namedIn(manifest)
  return named === undefined ? undefined : lockFiles[named.word]
}

const MANIFEST = 'package.json'

const lockFiles: Readonly<Record<ManagerWord, readonly string[]>> = {
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  yarn: ['yarn.lock'],
  pnpm: ['pnpm-lock.yaml'],
  bun: ['bun.lock', 'bun.lockb'],
}

/** `packageManager`, else the name that `devEngines.packageManager` gives (its version is a range). */
function namedIn(manifest: string): NamedManager | undefined {
  const root = rootFields(parseJson(manifest, { file: MANIFEST, purpose: 'manifest' }))
  const field = root?.raw('packageManager')
  if (typeof field === 'string') return parseManager(field)
  const engines = root?.raw('devEngines')
  const wanted = isRecord(engines) ? engines['packageManager'] : undefined
  const word = isRecord(wanted) ? wanted['name'] : undefined
  return typeof word === 'string' && isWord(word) ? { word, version: undefined, digests: [] } : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `pnpm@9.1.0`, `pnpm@9.1.0+sha512.<hex>`; undefined for anything else. */
export function parseManager(text: string): NamedManager | undefined {
  const [, word = '', version = '', algorithm, hex] =
    /^(npm|yarn|pnpm|bun)@([^+]+)(?:\+(sha\d+)\.([0-9a-f]+))?$/.exec(text) ?? []
  if (!isWord(word) || !isVersion(version)) return undefined
  return { word, version, digests: digestOf(algorithm, hex) }
}

function isWord(text: string): text is ManagerWord {
  return text === 'npm' || text === 'yarn' || text === 'pnpm' || text === 'bun'
}

const hexLengths = { sha256: 64, sha384: 96, sha512: 128 } as const

function digestOf(algorithm: string | undefined, hex: string | undefined): readonly Digest[] {
  if (algorithm !== 'sha256' && algorithm !== 'sha384' && algorithm !== 'sha512') return []
  return hex?.length === hexLengths[algorithm] ? [{ algorithm, hex }] : []
}

/**
 * The package manager's own archive as a package of the lock: pinned by what package.json or we know of it, else looked up like any
 * other. `archive`: its name in the registry.
 */
export function managerPackage(
  archive: ManagerArchive,
  { version, digests, registries, file }: ManagerRelease,
): LockedPackage {
  const known = releases[`${archive}@${version}`]
  return {
    id: packageId(archive, version),
    name: archive,
    version,
    sources: [
      {
        kind: 'archive',
        urls: [tarballUrl(getRegistry(registries, archive), archive, version)],
        digests: known === undefined ? digests : parseSri(known),
      },
    ],
    dependencies: [],
    where: { file },
  }
}

export type ManagerArchive = 'yarn' | '@yarnpkg/cli-dist' | 'pnpm' | `@oven/bun-${string}`

export interface ManagerRelease {
  readonly version: string
  readonly digests: readonly Digest[]
  readonly registries: Registries
  /** The lock file, for messages. */
  readonly file: string
}

/** The releases that stand for a version of a lock format, where the project names none: these need no look-up. */
const releases: Readonly<Record<string, string>> = {
  'yarn@1.22.22': 'sha512-prL3kGtyG7o9Z9Sv8IPfBNrWTDmXB4Qbes8A9rEzt6wkJV8mUvoirjU0Mp3GGAU06Y0XQyA3/2/RQFVuK7MTfg==',
  '@yarnpkg/cli-dist@2.4.2':
    'sha512-M82xg3uZnE836u68o/DpLtSQjxHUoYkuK82v4psznrFjZO3msYD6qb/wAhGD9KdkO/puwfnDhOc9imA3NDrp9g==',
  '@yarnpkg/cli-dist@3.1.1':
    'sha512-7R8UUelyaGkpiSEgDgeK4A8jEUNmKw+un4UCY0xQoFXBJgVWS6lyWWN57FSs+3ybHZuNrEzaEa9+Bb5hiktGug==',
  '@yarnpkg/cli-dist@3.8.7':
    'sha512-YMoAlLR9f+kxXjK72ggBIidi3ulQQrQpMSxzrLUt0OUk9Xdst2v26LBSYFlzOm+7KRNWgYIJpFjA8uRnCgB5xQ==',
  '@yarnpkg/cli-dist@4.0.2':
    'sha512-JfKGMld+j1GRHpWkOhf/QGnkgJvXlYa6JcbGk02Ectpr7hx1euKYb/rdMR/NOqXfp3j34eiNflmMDI5hX+z7eA==',
  '@yarnpkg/cli-dist@4.9.4':
    'sha512-q504Eb++phLdYrVWhHLNpTwlwPkqz+w/+ydkSJUIP2SWKPUoeIllFD0xGVAWOR0pImxYwEjaRVXfdfVeJP6wqA==',
  '@yarnpkg/cli-dist@4.14.0':
    'sha512-DU5Nj4lyXSs7I6BtShfACseWZ8F80D48G8u7QmCRvbDkkgRRyNe7CWE+PvlcL6sLRNerYTYu5EJvSyHsxfCvPg==',
  '@yarnpkg/cli-dist@4.18.1':
    'sha512-EH+A4TxAtBWXKE0DGQxW9Bo9crXHLJ73mfxjTQJuv8XonNWWTpei8BQ5JjczHJNU9GROTycwMFn8iOvRIZXUcA==',
  'pnpm@7.33.7': 'sha512-ev4kEGQrOcaY30baTOXHIxpczjYGmNafjPj0IlfUCz5D8jEFOwe43oSf1P+/SnH/V7g1E3d3o1I4jz09p0cgDg==',
  'pnpm@8.15.9': 'sha512-SZQ0ydj90aJ5Tr9FUrOyXApjOrzuW7Fee13pDzL0e1E6ypjNXP0AHDHw20VLw4BO3M1XhQHkyik6aBYWa72fgQ==',
  'pnpm@9.15.9': 'sha512-aARhQYk8ZvrQHAeSMRKOmvuJ74fiaR1p5NQO7iKJiClf1GghgbrlW1hBjDolO95lpQXsfF+UA+zlzDzTfc8lMQ==',
  'pnpm@10.34.9': 'sha512-9JtajqD97bRLs8DB1ldQkqU8KVDZW3rRXfEfF5dId6LeOgHAfpNOmyjOcW5RwJqUlixzBtCb4uHksYqMh2L9Mg==',
  'pnpm@11.28.11': 'sha512-dAGE0Q+B9dWxZb6IVg7numJAbEE0iWq8J6WAEJ7sL0fB5B2RJRyUTCyrq8scIkYXmeu3LeLsYlryAwsONsc1ow==',
  '@oven/bun-linux-x64@1.2.23':
    'sha512-Ts3KLSdhr/iTwiRBtkyOvn78eOStPaSvuMXjdiPNHbloGP4f5KE14ZtE1qYJWlAJkTAejxd9EcZibi/hSsWDcg==',
  '@oven/bun-linux-aarch64@1.2.23':
    'sha512-Idfp2pjnuPVPh+H4xQKbfKIN9VJ6N4noK2mW/NE4kLhtiPtOHc5DhSqLh16qkH8UqeI+nusYgbveYCOCCzpdLg==',
  '@oven/bun-darwin-x64@1.2.23':
    'sha512-kjXMapxWTdcxLKe05ftgg6B9kiEYzXXtIBNl7ZOiIeUJnATN+gVI+WQWIgcRGiF8L8oNL+2lrAgCz+xmIPrzEw==',
  '@oven/bun-darwin-aarch64@1.2.23':
    'sha512-8ARgq0GDtrYwb8ge9F5xpdZ6q9IxIugeBtdbrVVmWAEuyOlOhzYt/+7gm7xcVZlPmjYmx3D/31bKXJ49mxWI4w==',
  '@oven/bun-linux-x64@1.3.14':
    'sha512-7OVTAKvwfPmSbIV1HpdOoVVx5VRc427GuPPne93N6vk4eQBPId9nXmZDh9/zGaKPdbVjVtQSZafWQoUjx38Utw==',
  '@oven/bun-linux-aarch64@1.3.14':
    'sha512-X5SsPZHs+iYO8R/efIcRtc7gT2Q2DgPfliCxEkx4cXBumwkw0c/EsHMNwH3EgGpCDaZ7IYVPhpCG/xBOQHEwZw==',
  '@oven/bun-darwin-x64@1.3.14':
    'sha512-FFj3QdU/OhlDyZOJ8CWfN5eWLpRlT4qjZg7lMQi7jA6GuoY5ajlO1zWLP/MuHYRSbXQUvV52RejNi8DVnAp13w==',
  '@oven/bun-darwin-aarch64@1.3.14':
    'sha512-Omj20SuiHBOUjUBIyqtkNjSUIjOtEOJwmbix/ZyFH4BaQ6OZTaaRWIR4TjHVz0yadHgli6lLTiAh1uarnvD49A==',
  '@oven/bun-linux-x64@1.4.5':
    'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  '@oven/bun-linux-aarch64@1.4.5':
    'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  '@oven/bun-darwin-x64@1.4.5':
    'sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==',
  '@oven/bun-darwin-aarch64@1.4.5':
    'sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
}
