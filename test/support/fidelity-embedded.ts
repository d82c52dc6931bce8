/** Builds of the fidelity projects by the embedded builder. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { printSri } from '../../src/digest/sri.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { SOURCES } from '../../src/store/store-layout.ts'
import { chosenNode, type Project } from './fidelity.ts'
import type { NodePrefix } from './node-prefix.ts'

export interface Surroundings {
  /** As XDG_CACHE_HOME. */
  readonly cache: string
  readonly attribute?: string
  /** Unless given, the one that all other tests build with. */
  readonly node?: NodePrefix
  readonly environment?: Readonly<Record<string, string>>
  /** The option that names the tool; else `--node` with the node that is compared with. */
  readonly tool?: readonly string[]
  /** Words before node: `setpriv`, `faketime`. */
  readonly wrapper?: readonly string[]
}

/** For `cache`: nothing is built in there yet; archives that any test has downloaded are there. The caller removes it. */
export function openEmbeddedCache(): string {
  const cache = mkdtempSync(join(tmpdir(), 'lock2build-embedded-'))
  mkdirSync(join(cache, 'lock2build'))
  symlinkSync(keptDirectory(`store/${SOURCES}`), join(cache, 'lock2build', SOURCES))
  return cache
}

/** Runs `lock2build build` of the built program and gives the result's real path. Throws with what was printed. */
export function buildEmbedded(
  program: string,
  project: Project,
  { cache, attribute = 'package', node: { prefix } = chosenNode(), environment, wrapper = [], ...more }: Surroundings,
): Promise<string> {
  const tool = more.tool ?? ['--node', join(prefix, 'bin/node')]
  const words = ['build', '--with', 'embedded', ...tool, '-A', attribute, '--no-out-link', '--json', project.folder]
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, program, ...words]
  // The network is reached as on this machine (certificates, proxies); settings of npm are not handed on.
  const own = Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_PATH$)/i.test(name))
  const env = { ...Object.fromEntries(own), ...project.env, XDG_CACHE_HOME: cache, ...environment }
  return new Promise<string>((resolve, reject) => {
    execFile(command, rest, { env, cwd: project.folder, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null) return reject(new Error(`${stdout}\n${stderr}`))
      const report: unknown = JSON.parse(stdout)
      if (typeof report !== 'object' || report === null || !('result' in report)) return reject(new Error(stdout))
      resolve(String(report.result))
    })
  })
}

/** `sha256-…` of the NAR of the tree at a path, links to it followed. */
export async function narOf(path: string): Promise<string> {
  return printSri(await narDigestOfTree(realpathSync(path)))
}
