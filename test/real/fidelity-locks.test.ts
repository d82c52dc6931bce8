/** The fidelity test derives locks of version 1 and 3 from the version 2 lock that is committed: npm itself writes the same. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { copyProject, lockAs, removeProject, runNpm, type Project } from '../support/fidelity.ts'

let project: Project | undefined
afterEach(() => {
  if (project !== undefined) removeProject(project)
})

const names = ['express', 'workspace', 'aliases', 'local-sources', 'native-small', 'esbuild', 'vite-react', 'toolchain']

for (const version of [1, 3] as const) {
  test.each(names)(
    `npm writes lock version ${version} of %s as the version 2 lock without its other half`,
    async (name) => {
      project = copyProject(name, 2)
      const file = join(project.folder, 'package-lock.json')
      const committed = readFileSync(file, 'utf8')
      await runNpm(project, [
        'install',
        '--package-lock-only',
        '--ignore-scripts',
        '--lockfile-version',
        String(version),
      ])
      const written = readFileSync(file, 'utf8')
      expect(written).not.toBe(committed)
      expect(lockAs(committed, version)).toBe(written)
    },
  )
}
