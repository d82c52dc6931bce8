/** The Python shim on its own: against pip file by file, on wheels that mean harm, and twice. */
import { execFileSync, spawnSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostPython } from '../support/python-prefix.ts'
import { shimFile } from '../support/python-assets.ts'
import { indexFiles, pipPython } from '../support/python-project.ts'

const { prefix } = hostPython()
const python = join(prefix, 'bin/python3')
const scratch = mkdtempSync(join(tmpdir(), 'lock2build-python-install-'))
let shim = ''
beforeAll(async () => {
  shim = await shimFile()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Wheel {
  readonly name: string
  readonly file: string
}

let count = 0
function install(wheels: readonly Wheel[], more: Readonly<Record<string, unknown>> = {}) {
  const home = join(scratch, String((count += 1)))
  const [work, out, job] = [`${home}.work`, `${home}.out`, `${home}.json`]
  const tree = { shebangs: 'pristine', bytecode: false, collisions: 'refused', workers: 2, work, out, ...more }
  writeFileSync(job, JSON.stringify({ wheels, ...tree }))
  const { status, stderr } = spawnSync(python, ['-W', 'error', '-I', '-S', '-B', shim, 'install', job], {
    encoding: 'utf8',
  })
  return { out, status, stderr }
}

/** Path → mode and contents, without what is documented as different: RECORD, INSTALLER, REQUESTED, direct_url.json, launchers. */
function contents(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const relative = path.slice(root.length + 1)
    if (entry.isDirectory() || /\.dist-info\/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json)$/.test(relative)) continue
    if (/^(?:lib64$|pyvenv\.cfg$|bin\/(?:python|[Aa]ctivate))/.test(relative)) continue
    const isExecutable = (lstatSync(path).mode & 0o100) !== 0
    const isLauncher = relative.startsWith('bin/') && readFileSync(path).toString('latin1', 0, 2) === '#!'
    const text = entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path).toString('base64')
    found.set(relative, isLauncher ? `launcher ${isExecutable}` : `${isExecutable} ${text}`)
  }
  return found
}

/** A wheel made by Python's zipfile: whatever names are given. */
function makeWheel(name: string, files: Readonly<Record<string, string>>): Wheel {
  const info = `${name}-1.0.dist-info`
  const all = {
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
    ...files,
  }
  const file = join(scratch, `${name}-${(count += 1)}-1.0-py3-none-any.whl`)
  const program =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n' +
    '    [z.writestr(zipfile.ZipInfo(n), t) for n, t in json.loads(sys.argv[2]).items()]'
  execFileSync(python, ['-c', program, file, JSON.stringify(all)])
  return { name, file }
}

describe('wheels of the index', () => {
  it('are installed as pip installs them, and their programs run', () => {
    const files = indexFiles(['flask', 'requests', 'black', 'cryptography', 'zope.interface', 'jupyter-core'])
    const wheels = files.map(({ name, file, bytes }) => {
      writeFileSync(join(scratch, file), bytes)
      return { name, file: join(scratch, file) }
    })
    const { out, status, stderr } = install(wheels)
    expect([status, stderr]).toEqual([0, ''])
    const pip = join(scratch, 'pip')
    execFileSync(python, ['-m', 'venv', '--without-pip', pip])
    const options = ['--python', join(pip, 'bin/python'), 'install', '-q', '--no-index', '--no-compile', '--no-deps']
    execFileSync(pipPython(prefix), ['-m', 'pip', ...options, ...wheels.map(({ file }) => file)], { stdio: 'pipe' })
    expect(contents(out)).toEqual(contents(pip))
    expect(execFileSync(join(out, 'bin/black'), ['--version'], { encoding: 'utf8' })).toContain('black')
  }, 300_000)
})

describe('wheels that mean harm', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['../outside', 'leads out of the place'],
    ['/outside', 'leads out of the place'],
    ['pkg/../../outside', 'leads out of the place'],
    ['bad-1.0.data/data/../../outside', 'leads out of the place'],
    ['bad-1.0.data/elsewhere/file', 'no place that wheels may install to'],
    ['bad-1.0.data/data/pyvenv.cfg', 'is a file of the environment itself'],
    ['bad-1.0.data/scripts/python3', 'is a file of the environment itself'],
  ]
  it.each(cases)('%s is refused', (path, message) => {
    const { status, stderr } = install([makeWheel('bad', { [path]: 'x' })])
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)])
  })

  it.each(['x = os:system("id")', 'x = a.b:c; import os', '../x = a:b', 'x = 1a:b'])(
    'the program %s is refused',
    (line) => {
      const wheel = makeWheel('bad', { 'bad-1.0.dist-info/entry_points.txt': `[console_scripts]\n${line}\n` })
      expect(install([wheel]).stderr).toContain('in entry_points.txt')
    },
  )
})

it('one package twice is refused, before anything is written', () => {
  const { status, stderr } = install([makeWheel('a.b', { 'one.py': '1' }), { ...makeWheel('a_b', {}), name: 'A-b' }])
  expect([status, stderr]).toEqual([1, expect.stringContaining('A-b and a.b are both asked for, and are one package')])
})

describe('the same file in two packages', () => {
  it('is no fault when it is equal, and one that names both when it is not', () => {
    const same = install([makeWheel('aa', { 'shared.py': '1' }), makeWheel('bb', { 'shared.py': '1' })])
    expect(same.status).toBe(0)
    const other = install([makeWheel('aa', { 'shared.py': '1' }), makeWheel('bb', { 'shared.py': '2' })])
    expect(other.stderr).toMatch(/aa and bb both have '.*shared\.py', with different contents/)
  })

  it('is kept from the first where nobody imports it, and where both declare a namespace', () => {
    const text = (more: string) => `__path__ = __import__("pkgutil").extend_path(__path__, __name__)${more}\n`
    const files = (more: string) => ({ 'tests/__init__.py': more, LICENSE: more, 'spaced/__init__.py': text(more) })
    const { status, stderr } = install([makeWheel('aa', files('')), makeWheel('bb', files('# b'))])
    expect(status).toBe(0)
    expect(stderr).toContain('tests/__init__.py')
  })
})

it('compiled modules are the same with one worker and with several, and are not checked against their source', () => {
  const wheels = indexFiles(['flask==3.1.3', 'numpy']).map(({ name, file, bytes }) => {
    writeFileSync(join(scratch, file), bytes)
    return { name, file: join(scratch, file) }
  })
  const [one, four] = [1, 4].map((workers) => install(wheels, { workers, bytecode: true }).out)
  const found = contents(one ?? '')
  expect(found).toEqual(contents(four ?? ''))
  const [compiled = ''] = [...found.keys()].filter((path) => path.endsWith('.pyc'))
  expect(readFileSync(join(one ?? '', compiled)).readUInt32LE(4)).toBe(1)
}, 300_000)
