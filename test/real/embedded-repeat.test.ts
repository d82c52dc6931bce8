/** Two embedded builds of the same project make the same tree, byte for byte, whatever differs around them. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram } from '../support/cli.ts'
import { buildEmbedded, narOf } from '../support/fidelity-embedded.ts'
import { copyProject, removeProject } from '../support/fidelity.ts'

const folders: string[] = []
let program = ''

beforeAll(async () => {
  program = await installProgram()
  chmodSync(dirname(program), 0o755)
})

afterAll(() => {
  for (const folder of folders) removeTree(folder)
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
        const one = await buildEmbedded(program, projects[0], { cache, attribute: 'nodeModules' })
        const home = temporary('home')
        if (isRoot) execFileSync('chown', ['-R', '65534:65534', projects[1].folder, other, home])
        const environment = { ...strange, HOME: home }
        const two = await buildEmbedded(program, projects[1], {
          cache: other,
          attribute: 'nodeModules',
          environment,
          wrapper,
        })
        expect(basename(dirname(two))).toBe(basename(dirname(one)))
        expect(await narOf(two)).toBe(await narOf(one))
      } finally {
        for (const project of projects) removeProject(project)
      }
    },
  )
})

function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `lock2build-embedded-${name}-`))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}
