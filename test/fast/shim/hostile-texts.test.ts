/** What becomes text of a shell or of a configuration file stays one word, or one line, of it. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { quoted } from '../../../converters/node/build/shim/manager-tools.ts'
import { printBinScript } from '../../../converters/node/build/shim/managers/pnpm/pnpm-bin-script.ts'
import { printSettings } from '../../../converters/node/build/shim/managers/pnpm/pnpm-install.ts'
import { writePnpProgram } from '../../../converters/node/build/shim/managers/yarn-berry/pnp-files.ts'

const hostile = `-n * $(touch made) "; touch made; " '; touch made; ' $HOME`

test('a word of a shell', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'hostile-'))
  const word = `${hostile}\\\n\`touch made\`\n`
  const run = spawnSync('sh', ['-c', `printf %s ${quoted(word)}`], { cwd, encoding: 'utf8' })
  expect([run.stdout, readdirSync(cwd)]).toEqual([word, []])
})

test('directories in a program of pnpm', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'hostile-'))
  const name = `${hostile}\\\n\`touch made\`\n`
  mkdirSync(join(cwd, name, 'bin'), { recursive: true })
  writeFileSync(join(cwd, name, 'p.js'), 'console.log(process.env.NODE_PATH.split(":").length)\n')
  const script = join(cwd, name, 'bin/p')
  const text = { target: `../../${name}/p.js`, nodePath: [`../${name}`] }
  for (const runtime of ['local', { program: 'node', args: [] }] as const) {
    writeFileSync(script, printBinScript({ ...text, runtime }), { mode: 0o755 })
    expect(spawnSync(script, { cwd, encoding: 'utf8' }).stdout).toBe('1\n')
  }
  expect(readdirSync(cwd)).toEqual([name])
})

test('directories in a program of Plug’n’Play', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'hostile-'))
  const project = join(cwd, hostile)
  mkdirSync(project)
  writeFileSync(join(project, '.pnp.cjs'), '')
  writeFileSync(join(project, '.pnp.loader.mjs'), '')
  writeFileSync(join(project, 'p.js'), 'console.log(1)\n')
  writePnpProgram(join(cwd, 'bin/p'), join(project, 'p.js'), { project, isPristine: true })
  expect(spawnSync(join(cwd, 'bin/p'), { cwd, encoding: 'utf8' }).stdout).toBe('1\n')
  expect(readdirSync(cwd).sort()).toEqual([hostile, 'bin'].sort())
})

test('a setting of pnpm', () => {
  expect(printSettings(['hoist=true', 'hoist-pattern[]=ms'])).toBe('hoist=true\nhoist-pattern[]=ms\n')
  expect(() => printSettings(['hoist-pattern[]=ms\nscript-shell=/bin/evil'])).toThrow('run lock2build again')
})
