/**
 * Commits, and the archives that git hosts make of them: since version 9 pnpm installs what packing them would publish, older ones
 * install everything.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { copyTree } from '../../copy-tree.ts'
import { packCheckout } from '../../archive/git-source.ts'
import type { Building } from '../../lay-out.ts'
import { writeTar } from '../../archive/tar-writer.ts'
import { unpack } from '../../archive/unpack.ts'

export function packsCommits({ spec }: Building): boolean {
  return Number.parseInt(spec.plan.manager?.version ?? '', 10) >= 9
}

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

/** Path of an archive of a commit, for pnpm itself. */
export async function archiveOf(checkout: string, label: string, building: Building): Promise<string> {
  if (packsCommits(building)) return packCheckout({ label, checkout, subdir: undefined }, building)
  const dir = `${building.state}/whole`
  const to = `${dir}/${existsSync(dir) ? readdirSync(dir).length : 0}`
  mkdirSync(to, { recursive: true })
  const skip = (path: string): boolean => path === '.git'
  await copyTree(checkout, `${to}/package`, building.pool, { as: 'writable', skip })
  writeFileSync(`${to}.tar`, writeTar(to))
  return `${to}.tar`
}
