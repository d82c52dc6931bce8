/** What the user's overrides do to packages before their scripts run: patches, and shell code of their own. */
import { spawnSync } from 'node:child_process'
import type { InstallJob, PackageOverride } from '../job.ts'
import { fail } from './failure.ts'
import { findInterpreter, findShell } from './interpreter.ts'
import type { Building } from './lay-out.ts'
import { findManifest } from './manifest.ts'
import { overrideFor } from './selection.ts'
import type { Places } from './selection.ts'
import { placeLabel } from './tree.ts'

/** Applies every `patches` of the job with `patch -p1`; returns the patched places. */
export function applyPatches(root: string, places: Places, { job }: Building): readonly string[] {
  return eachOverridden(root, places, job, ({ patches = [] }, dir, label) => {
    for (const patch of patches) {
      const program = findInterpreter('patch') ?? fail(`patch is needed for ${label}, and is not on PATH.`)
      const run = spawnSync(program, ['-p1', '--no-backup-if-mismatch', '-i', patch], { cwd: dir, encoding: 'utf8' })
      if (run.status !== 0) fail(`The patch ${patch} does not apply to ${label}:\n${run.stdout}${run.stderr}`)
    }
    return patches.length > 0
  })
}

/** Runs every `preInstall` in its package's directory; returns the places where one ran. */
export function runPreInstalls(root: string, places: Places, { job, env }: Building): readonly string[] {
  return eachOverridden(root, places, job, (override, dir, label) => {
    if (override.preInstall === undefined) return false
    const shell = findInterpreter('bash') ?? findShell()
    const run = spawnSync(shell, ['-e', '-c', override.preInstall], {
      cwd: dir,
      env: { ...env, ...override.env },
      encoding: 'utf8',
    })
    if (run.status !== 0)
      fail(
        `overrides.<package>.preInstall of ${label} failed with exit code ${run.status ?? 1}:\n${run.stdout}${run.stderr}`,
      )
    return true
  })
}

export function hasPreInstall(job: InstallJob): boolean {
  return Object.values(job.overrides).some(({ preInstall }) => preInstall !== undefined)
}

type Action = (override: PackageOverride, dir: string, label: string) => boolean

function eachOverridden(root: string, places: Places, job: InstallJob, action: Action): readonly string[] {
  if (Object.keys(job.overrides).length === 0) return []
  const touched: string[] = []
  for (const [path, place] of places) {
    if (place.link !== undefined) continue
    const manifest = findManifest(`${root}/${path}`)
    const override = overrideFor(job, path, manifest)
    if (action(override, `${root}/${path}`, placeLabel(path, place))) touched.push(path)
  }
  return touched
}
