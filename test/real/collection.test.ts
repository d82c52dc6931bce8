/** Packages of a collection, built without Nix, against what `npm install -g` makes of the same packages at the same time. */
import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cleanEnvironment, installProgram, makeProject, runProgram } from '../support/cli.ts'
import { buildEmbedded, temporaryCache } from '../support/embedded.ts'
import { treeDiff } from '../support/tree-diff.ts'

/** One that nothing belongs to; a script that replaces a program; bundled packages; a peer; a scope; another name. */
const packages = ['prettier@3', 'esbuild@0.25', 'npm@11', 'webpack-cli@6', '@bazel/bazelisk@1', 'mk@npm:mkdirp@1']
const names = packages.map((word) => word.slice(0, word.indexOf('@', 1)))

describe('a package of a collection', async () => {
  const program = await installProgram()
  const folder = makeProject({})
  const cache = temporaryCache()
  // The registry may be behind a certificate of the machine's own.
  const environment = { XDG_CACHE_HOME: cache, NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }
  beforeAll(() => {
    const added = runProgram(program, ['-C', folder, 'add', ...packages], { environment })
    expect(added.code, added.stderr).toBe(0)
  })

  test.each(packages.map((word, at) => ({ word, name: names[at] ?? '' })))(
    '$word stands as npm install -g leaves it',
    async ({ word, name }) => {
      const words = ['-A', name, '-o', 'result']
      const made = await buildEmbedded(program, { cache, project: folder, words, environment })
      expect(made.code, made.stderr).toBe(0)
      const prefix = mkdtempSync(join(tmpdir(), 'prefix-'))
      const npm = spawnSync('npm', ['install', '-g', '--prefix', prefix, '--no-audit', '--no-fund', word], {
        encoding: 'utf8',
        env: cleanEnvironment({ ...environment, npm_config_cache: join(cache, 'npm') }),
      })
      expect(npm.status, npm.stderr).toBe(0)
      const result = realpathSync(join(folder, 'result'))
      makeReadOnly(prefix)
      expect(treeDiff(prefix, result)).toEqual([])
    },
  )
})

/** As results are. */
function makeReadOnly(path: string): void {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return
  if (stats.isDirectory()) for (const name of readdirSync(path)) makeReadOnly(join(path, name))
  chmodSync(path, stats.isDirectory() || (stats.mode & 0o111) !== 0 ? 0o555 : 0o444)
}
