/**
 * A package from git: Yarn's cache file is made of what packing the checkout gives, with the package manager that the checkout seems
 * to use (scriptUtils.prepareExternalProject). Where that is Yarn itself, and nothing would have to run, it packs here, too, so that
 * the bytes are those of the lock file; otherwise npm says what belongs to the package.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { BerryProgram } from './berry-program.ts'
import { copyTree } from '../../copy-tree.ts'
import { fail } from '../../failure.ts'
import { packCheckout } from '../../archive/git-source.ts'
import type { Checkout } from '../../archive/git-source.ts'
import { loadRecord, recordAt, textAt } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'

/** Path of the packed archive; `name` is free for a file and a directory of the private directory. */
export async function packForBerry(
  checkout: Checkout,
  name: string,
  { building, program }: { readonly building: Building; readonly program: BerryProgram },
): Promise<string> {
  const { label, subdir } = checkout
  const from = subdir === undefined ? checkout.checkout : `${checkout.checkout}/${subdir}`
  if (!existsSync(`${from}/package.json`) || !isPackedByBerry(from)) return packCheckout(checkout, building)
  const work = `${building.state}/checkouts/${name}`
  mkdirSync(`${building.state}/checkouts`, { recursive: true })
  await copyTree(from, work, building.pool, { as: 'writable' })
  // Without one, Yarn looks for a project in the directories above.
  if (!existsSync(`${work}/yarn.lock`)) writeFileSync(`${work}/yarn.lock`, '')
  const archive = `${work}.tgz`
  const run = await program.runIn(work, ['pack', '--filename', archive])
  if (run.code !== 0) fail(`yarn could not pack the checkout of ${label}:\n${run.output.trim()}`)
  return archive
}

const scripts = ['prepare', 'prepack', 'postpack']

function isPackedByBerry(dir: string): boolean {
  const manifest = loadRecord(`${dir}/package.json`)
  if (scripts.some((event) => typeof recordAt(manifest, 'scripts')[event] === 'string')) return false
  const named = /^(\w+)@(\d+)/.exec(textAt(manifest, 'packageManager') ?? '')
  if (named !== null) return named[1] === 'yarn' && Number(named[2]) >= 2
  const lock = `${dir}/yarn.lock`
  if (existsSync(lock)) return /^__metadata:/m.test(readFileSync(lock, 'utf8'))
  return !['package-lock.json', 'pnpm-lock.yaml'].some((file) => existsSync(`${dir}/${file}`))
}
