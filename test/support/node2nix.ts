/** The real node2nix, from the registry. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { makeProject } from './cli.ts'

/** Runs it in a directory. Installed once, kept for the next run. */
export function installNode2nix(): (directory: string, ...words: readonly string[]) => void {
  const home = join(keptDirectory('package-managers'), 'node2nix@1.11.0')
  const bin = join(home, 'node_modules/node2nix/bin/node2nix.js')
  if (!existsSync(bin)) {
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{ "dependencies": { "node2nix": "1.11.0" } }')
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: home, stdio: 'pipe' })
  }
  return (cwd, ...words) => void execFileSync(process.execPath, [bin, ...words], { cwd, stdio: 'pipe' })
}

/** What it makes expressions of: a program with a dependency, locked by npm. */
export function makeLockedProject(): string {
  const project = makeProject({
    'package.json': JSON.stringify({
      name: 'says',
      version: '1.0.0',
      bin: 'says.js',
      dependencies: { ms: '2.1.3' },
      devDependencies: { 'left-pad': '1.3.0' },
    }),
    'says.js': "#!/usr/bin/env node\nconsole.log(require('ms')(60000))\n",
  })
  const words = ['install', '--package-lock-only', '--omit-lockfile-registry-resolved=false']
  execFileSync('npm', words, { cwd: project, stdio: 'pipe' })
  return project
}
