/** A finished tree → what `npm install -g` leaves in its prefix: packages in `lib`, and what one of them offers beside it. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { say } from './failure.ts'
import { loadManifest } from './manifest.ts'
import { linkManuals, linkPrograms, namedManuals } from './programs.ts'

/** `out/node_modules` is moved; its bin links have made the programs executable. */
export function finishTool(name: string, out: string): void {
  mkdirSync(`${out}/lib`)
  renameSync(`${out}/node_modules`, `${out}/lib/node_modules`)
  rmSync(`${out}/lib/node_modules/.bin`, { recursive: true, force: true })
  const installed = `${out}/lib/node_modules/${name}`
  const manifest = loadManifest(installed)
  const programs = linkPrograms(manifest, installed, { out })
  if (programs.length === 0) say(`warning: ${name} has no programs.`)
  linkManuals(namedManuals(manifest), installed, out)
}
