/** Python packages that are installed for their programs, resolved now: in Nix's sandbox and without Nix, as pipx exposes them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDifference } from '../../src/build/compare-trees.ts'
import { thisSystem } from '../../src/io/this-system.ts'
import { readSpec } from '../../src/spec/read.ts'
import { cleanEnvironment, installProgram, makeProject, runProgram } from '../support/cli.ts'
import { buildEmbedded, temporaryCache } from '../support/embedded.ts'
import { compareTrees } from '../support/fidelity-compare.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { printsInSandbox } from '../support/nix-uses.ts'
import { pipxExceptions } from '../support/python-exceptions.ts'
import { hostPython } from '../support/python-prefix.ts'
import { pipx, runPythonTool } from '../support/python-tools.ts'

/** What is added → its own console scripts, all of them, the first of which says its version. */
const packages: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'black>=24': ['black', 'blackd'],
  'httpie>=3': ['http', 'httpie', 'https'],
  'pyflakes>=3': ['pyflakes'],
  'yamllint>=1.30': ['yamllint'],
}
const tools = Object.entries(packages).map(([word, programs]) => ({ name: word.replace(/>.*/, ''), programs }))

function listSite(result: string): readonly string[] {
  return readdirSync(join(result, 'lib/environment/lib', `python${hostPython().version}`, 'site-packages'))
}

describe.skipIf(!hasNix)('a collection of Python packages', async () => {
  const program = await installProgram()
  const folder = makeProject({})
  const cache = temporaryCache()
  const python = hostPython()
  const store = openStore({ pythons: { python3: python } })
  // The index may be behind a certificate of the machine's own; `uv` may be there or not.
  const environment = {
    XDG_CACHE_HOME: cache,
    NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
    PIP_CERT: process.env['PIP_CERT'],
    SSL_CERT_FILE: process.env['PIP_CERT'],
    PATH: `${join(python.prefix, 'bin')}:${process.env['PATH']}`,
  }
  beforeAll(async () => {
    const words = ['-C', folder, 'add', '--ecosystem', 'python', '--system', thisSystem(), ...Object.keys(packages)]
    const added = runProgram(program, words, { environment })
    expect(added.code, added.stderr).toBe(0)
    const file = 'lock2build/spec.json'
    const spec = readSpec(readFileSync(join(folder, file), 'utf8'), file)
    await store.seed(Object.values(spec.collection?.['python']?.sources ?? {}))
  })
  afterAll(() => store.remove())

  test.each(tools)('$name has its own programs alone, and starts in Nix’s sandbox', async ({ name, programs }) => {
    const prefix = await store.build(folder, name)
    expect(readdirSync(join(prefix, 'bin')).sort()).toEqual(programs)
    const command = `${programs[0]} --version`
    expect(await printsInSandbox(store, { folder, name, command })).toMatch(/\d+\.\d+/)
  })

  test.each(tools)('$name is the same without Nix', async ({ name, programs }) => {
    const words = ['-A', name, '-o', `result-${name}`, '--python', join(python.prefix, 'bin/python3')]
    const made = await buildEmbedded(program, { cache, project: folder, words, environment })
    expect(made.code, made.stderr).toBe(0)
    const result = realpathSync(join(folder, `result-${name}`))
    const ran = spawnSync(join(result, 'bin', programs[0]), ['--version'], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    })
    expect(ran.stdout).toMatch(/\d+\.\d+/)
    expect(findDifference(await store.build(folder, `packages.${name}.pristine`), result)).toBeUndefined()
  })

  test('a package is what pipx installs, file by file but for what is listed', async () => {
    // One with a dozen needs, pip among them.
    const name = 'httpie'
    const result = realpathSync(join(folder, `result-${name}`))
    const [, version = ''] = new RegExp(`${name}-([\\d.]+)\\.dist-info`).exec(listSite(result).join(' ')) ?? []
    const home = mkdtempSync(join(tmpdir(), 'pipx-'))
    const variables = { PIPX_HOME: home, PIPX_BIN_DIR: join(home, 'bin'), PIPX_MAN_DIR: join(home, 'man') }
    await runPythonTool(pipx, ['install', `${name}==${version}`], { folder: home, environment: home, variables })
    const parts = ['bin', 'lib']
    const environment = join(result, 'lib/environment')
    const compared = compareTrees(join(home, 'venvs', name), environment, { exceptions: pipxExceptions, parts })
    expect(compared.files).toBeGreaterThan(500)
    expect(compared.differences).toEqual([])
    expect(readdirSync(join(home, 'bin')).sort()).toEqual(readdirSync(join(result, 'bin')).sort())
  })
})
