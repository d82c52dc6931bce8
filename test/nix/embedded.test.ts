/** The embedded builder and Nix make the same tree of the same project, byte for byte; so do two embedded builds, whatever differs around them. */
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printSri } from '../../src/digest/sri.ts'
import { removeTree } from '../../src/io/store-space.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { installProgram } from '../support/cli.ts'
import { cases } from '../support/fidelity-cases.ts'
import {
  buildWithNix,
  chosenNode,
  convert,
  copyProject,
  removeProject,
  withLock,
  type Project,
} from '../support/fidelity.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'

const folders: string[] = []
let program = ''

beforeAll(async () => {
  program = await installProgram()
  chmodSync(dirname(program), 0o755)
})

afterAll(() => {
  for (const folder of folders) removeTree(folder)
})

describe.skipIf(!hasNix)('nodeModules of the embedded builder', () => {
  let store: NixStore
  const cache = temporary('cache')
  beforeAll(() => {
    store = openStore()
  })
  afterAll(() => store.remove())

  test.each(cases.map((one) => [one.name, one] as const))(
    'of %s has the NAR hash of the tree that Nix builds',
    async (_, one) => {
      const served = await one.serve?.()
      const project = served === undefined ? copyProject(one.project ?? one.name, 3) : withLock(served.project, 3)
      try {
        const { part } = await convert(project)
        const suffix = one.production === true ? '.production' : ''
        const { network, archives } = served ?? {}
        const nix = await buildWithNix(store, project, part, {
          attribute: `nodeModules${suffix}.pristine`,
          ...(network === undefined ? {} : { network }),
          ...(archives === undefined ? {} : { archives }),
        })
        const embedded = await buildEmbedded(project, { cache, attribute: `nodeModules${suffix}` })
        expect(await narOf(embedded)).toBe(await narOf(nix))
      } finally {
        removeProject(project)
        await served?.close()
      }
    },
  )
})

describe('two embedded builds', () => {
  const strange = { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu', USER: 'somebody' }
  // Root may become somebody else; everybody may have another umask.
  const isRoot = process.getuid?.() === 0
  const masked = ['/bin/sh', '-c', 'umask 077; exec "$@"', 'sh']
  const user = ['/usr/bin/setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
  const wrapper = isRoot ? [...user, ...masked] : masked

  test.each(['workspace', 'esbuild', 'native-small'])(
    'of %s are the same in other directories, by another user, with another umask, locale, zone and at another time',
    async (name) => {
      const projects = [copyProject(name, 3), copyProject(name, 3)] as const
      const [cache, other] = [temporary('one'), temporary('other')]
      try {
        const one = await buildEmbedded(projects[0], { cache, attribute: 'nodeModules' })
        const home = temporary('home')
        if (isRoot) execFileSync('chown', ['-R', '65534:65534', projects[1].folder, other, home])
        const environment = { ...strange, HOME: home }
        const two = await buildEmbedded(projects[1], { cache: other, attribute: 'nodeModules', environment, wrapper })
        expect(basename(dirname(two))).toBe(basename(dirname(one)))
        expect(await narOf(two)).toBe(await narOf(one))
      } finally {
        for (const project of projects) removeProject(project)
      }
    },
  )
})

interface Surroundings {
  readonly cache: string
  readonly attribute?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Words before node: `setpriv`, `faketime`. */
  readonly wrapper?: readonly string[]
}

/** The result's real path. Throws with what was printed. */
function buildEmbedded(project: Project, { cache, attribute = 'package', environment, wrapper = [] }: Surroundings) {
  const node = join(chosenNode().prefix, 'bin/node')
  const words = [
    'build',
    '--with',
    'embedded',
    '--node',
    node,
    '-A',
    attribute,
    '--no-out-link',
    '--json',
    project.folder,
  ]
  const [command = node, ...rest] = [...wrapper, process.execPath, program, ...words]
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

async function narOf(path: string): Promise<string> {
  return printSri(await narDigestOfTree(realpathSync(path)))
}

function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `lock2build-embedded-${name}-`))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}
