/** Compression by a node that has zstd itself, on a machine without the program: what it writes is what the program reads. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printNixBase32 } from '../../src/digest/nix-base32.ts'
import { carriedProject, type CarriedProject } from '../support/carried-project.ts'
import { installProgram } from '../support/cli.ts'
import { publishedNode } from '../support/node-prefix.ts'

describe('zstd', () => {
  let project: CarriedProject
  beforeAll(async () => {
    project = await carriedProject()
  })
  afterAll(() => project.remove())

  test.each([
    ['22.22.0', '11.19.1'],
    ['24.11.1', '12.2.0'],
  ])('by node %s itself', async (version, npm) => {
    const node = join(publishedNode(version, npm).prefix, 'bin/node')
    const cache = project.directory()
    const words = ['fetch', project.folder, '--offline', '--cache', cache, '--compression', 'zstd', '--quiet']
    const env = { PATH: '/nonexistent', HOME: project.directory(), XDG_CACHE_HOME: project.cacheHome }
    const { status, stderr } = spawnSync(node, [await installProgram(), ...words], { env, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const infos = readdirSync(cache).filter((name) => name.endsWith('.narinfo'))
    expect(infos).toHaveLength(3)
    for (const name of infos) {
      const info = readFileSync(join(cache, name), 'utf8')
      const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(info)?.[1] ?? ''
      const nar = spawnSync('zstd', ['-dc', join(cache, field('URL'))], { maxBuffer: 1 << 28 }).stdout
      expect(String(nar.length)).toBe(field('NarSize'))
      expect(`sha256:${printNixBase32(createHash('sha256').update(nar).digest())}`).toBe(field('NarHash'))
    }
  })
})
