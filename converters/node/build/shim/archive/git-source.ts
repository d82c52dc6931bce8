/** A git dependency: npm installs what packing the checkout gives, so npm itself says what that is. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { fail, say } from '../failure.ts'
import type { Building } from '../lay-out.ts'
import { loadRecord, recordAt } from '../json-value.ts'
import { runNpm } from '../npm.ts'

export interface Checkout {
  readonly label: string
  readonly checkout: string
  readonly subdir: string | undefined
}

const buildEvents = ['prepare', 'prepack', 'build', 'preinstall', 'install', 'postinstall']

/** Path of the packed archive. Nothing of the checkout runs: it may be read-only, and what it would need is not locked. */
export async function packCheckout(
  { label, checkout, subdir }: Checkout,
  { npm, env, state }: Building,
): Promise<string> {
  const dir = subdir === undefined ? checkout : `${checkout}/${subdir}`
  if (!existsSync(`${dir}/package.json`))
    fail(`${label} has no package.json in its git checkout${subdir === undefined ? '' : ` under ${subdir}`}.`)
  if (!statSync(dir).isDirectory()) fail(`The checkout of ${label} is not a directory.`)
  warnOfBuilding(dir, label)
  const target = `${state}/packed/${readdirCount(`${state}/packed`)}`
  mkdirSync(target, { recursive: true })
  const run = await runNpm(npm, ['pack', '--ignore-scripts', dir], { cwd: target, env })
  const [archive] = readdirSync(target).filter((name) => name.endsWith('.tgz'))
  if (run.code !== 0 || archive === undefined)
    fail(`npm could not pack the checkout of ${label}:\n${run.stderr.trim()}`)
  return `${target}/${archive}`
}

function readdirCount(dir: string): number {
  return existsSync(dir) ? readdirSync(dir).length : 0
}

function warnOfBuilding(dir: string, label: string): void {
  const scripts = recordAt(loadRecord(`${dir}/package.json`), 'scripts')
  const events = buildEvents.filter(
    (event) => typeof scripts[event] === 'string' && (event === 'prepare' || event === 'prepack'),
  )
  if (events.length === 0) return
  say(
    `warning: ${label} comes from git and has a ${events.join(' and a ')} script, which is not run: what it needs is not in the lock file. If files are missing, build them with overrides.<package>.preInstall.`,
  )
}
