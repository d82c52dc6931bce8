/** npm's own judgement: an offline `npm install` over the finished tree must find nothing to do. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { adviceOf, checkNeeds } from '../../check-needs.ts'
import { fail } from '../../failure.ts'
import { isRecord, parseRecord } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { runNpm } from '../../npm.ts'
import type { ProgramRun } from '../../run-program.ts'
import { writeNpm6Lock } from './npm6-lock.ts'
import { writeLock } from './npm-lock.ts'
import { isAsLocked } from './own-check.ts'
import type { Tree } from '../../tree.ts'

const advice = adviceOf('npm')

const args = ['install', '--offline', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--json']

/** Fails with the package npm names when the tree is not what the lock file says. */
export async function checkTree(tree: Tree, { npm, env, job, spec }: Building): Promise<void> {
  checkNeeds(tree, { of: 'all', advice })
  const isOwn = job.check !== undefined
  if (isOwn && isAsLocked(tree, { ignoresPeers: ignoresPeers(spec.plan), system: job.system })) return
  if (job.check === 'only-own') fail('Only npm can tell whether the tree is what the lock file says.')
  const { root, places } = tree
  const legacy = ignoresPeers(spec.plan) ? ['--legacy-peer-deps'] : []
  const packed = [...places.values()].some(({ copy }) => copy !== undefined) ? ['--install-links'] : []
  const unneeded = [...places.values()].filter((place) => place.unneeded?.includes(job.system) === true)
  // npm installs them, and takes them away again with the next command: what needs them is not in this lock.
  const looking = unneeded.length > 0 ? ['--dry-run'] : []
  const undo = [writePlaceholders(tree)]
  if (npm.major <= 6) undo.push(writeNpm6Lock(tree, spec, npm))
  else writeLock(tree, spec, npm)
  const run = await runNpm(npm, [...args, ...legacy, ...packed, ...looking, ...job.npmFlags], { cwd: root, env })
  for (const step of undo) step()
  if (run.code !== 0) fail(`npm ${npm.version} does not accept the tree: ${reason(run)}`)
  const changes = changesOf(run.stdout).filter((change) => change !== `removed ${unneeded.length}`)
  if (changes.length === 0) return
  fail(
    `npm ${npm.version} wanted to change the tree (${changes.join(', ')}), so it is not what the lock file says. ${advice}`,
  )
}

/**
 * Peers were never locked, or legacy-peer-deps was set while locking. Without a place that is there for a peer alone, npm has
 * nothing to remove when it ignores peers; otherwise it would ask the registry for one that is missing or of another version.
 */
function ignoresPeers({ legacyPeerDeps, places }: Building['spec']['plan']): boolean {
  return legacyPeerDeps === true || !Object.values(places).some(({ flags }) => flags?.includes('peer'))
}

/** The bins of local directories are not here, and npm takes a package for changed when a bin is missing. */
function writePlaceholders({ root, locals, places }: Tree): () => void {
  const written: string[] = []
  for (const { link } of places.values()) {
    if (link === undefined || link === '') continue
    for (const file of locals.get(link)?.bins.values() ?? []) {
      const path = `${root}/${link}/${file}`
      if (existsSync(path)) continue
      // With the directories that stand there for it alone.
      const made = mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, '')
      written.push(made ?? path)
    }
  }
  return () => {
    for (const path of written) rmSync(path, { recursive: true, force: true })
  }
}

const platformAdvice = 'The package is required and does not run on this platform: npm ci fails there too.'

function reason({ stdout, stderr }: ProgramRun): string {
  const text = `${stdout}\n${stderr}`
  const url = /request to (\S+) failed: cache mode is 'only-if-cached'/.exec(text)?.[1]
  if (url !== undefined) return `it wants to fetch ${url}, which the lock file does not name at that place. ${advice}`
  const words = stderr
    .split('\n')
    .filter((line) => !line.includes('complete log of this run'))
    .join('\n')
    .trim()
  const isPlatform = words.includes('EBADPLATFORM')
  return `${words === '' ? stdout.trim() : words}\n${isPlatform ? platformAdvice : advice}`
}

/** npm 7 and later count, npm 6 lists. */
function changesOf(stdout: string): readonly string[] {
  const start = stdout.indexOf('{')
  if (start === -1) return []
  const report = parseRecord(stdout.slice(start), "npm's report")
  return ['added', 'removed', 'changed', 'updated', 'moved', 'failed'].flatMap((key) => {
    const value = report[key]
    if (typeof value === 'number') return value === 0 ? [] : [`${key} ${value}`]
    if (!Array.isArray(value) || value.length === 0) return []
    const names = value.map((item: unknown) =>
      isRecord(item) ? String(item['name'] ?? item['path'] ?? '') : String(item),
    )
    return [`${key} ${names.join(' ')}`]
  })
}
