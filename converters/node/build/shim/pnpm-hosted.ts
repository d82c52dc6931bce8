/** The archive that a git host makes of a commit: pnpm installs what packing it would publish, as from a commit itself. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { packCheckout } from './git-source.ts'
import type { Building } from './lay-out.ts'
import { unpack } from './unpack.ts'

/** pnpm's own rule (pick-fetcher). */
export function isHostedArchive(url: string): boolean {
  return /^https:\/\/(?:codeload\.github\.com|bitbucket\.org|gitlab\.com)\//.test(url) && url.includes('tar.gz')
}

/** Path of an archive with what is published of it. */
export async function packHosted(archive: string, label: string, building: Building): Promise<string> {
  const dir = `${building.state}/hosted`
  const checkout = `${dir}/${existsSync(dir) ? readdirSync(dir).length : 0}`
  mkdirSync(dir, { recursive: true })
  unpack({ archive, into: checkout, label, rules: 'pnpm' })
  return packCheckout({ label, checkout, subdir: undefined }, building)
}
