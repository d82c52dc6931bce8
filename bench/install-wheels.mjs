// Installing 100 wheels (some 110 MB) without bytecode by the Python shim, against pip and against uv without a cache: all of them
// unpack. The wheels are what a few usual packages need today; they come from the index once and are kept.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { keptDirectory } from '../scripts/scratch.mjs'
import { asideIn } from './aside.mjs'
import { measureWall, ms, times, verdict } from './measure.mjs'

const COUNT = 100
const asked = 'pandas flask django fastapi[standard] sqlalchemy celery jupyterlab sphinx pytest mypy black boto3 pillow'
const shim = fileURLToPath(new URL('../dist/assets/python/python-shim.py', import.meta.url))
const { hostPython, pipPython, toolPython, uv } = await loadTypeScript(
  'test/support/python-prefix.ts',
  'test/support/python-project.ts',
  'test/support/python-tools.ts',
)
const { prefix } = hostPython()
const python = join(prefix, 'bin/python3')
const pip = [pipPython(prefix), '-m', 'pip']
const uvProgram = join(dirname(toolPython(uv)), 'uv')
const scratch = mkdtempSync(join(tmpdir(), 'bench-install-wheels-'))
const wheels = keptWheels()
console.log(`${wheels.length} wheels:`)

const result = measureWall({ ours: ours(), pip: theirs('pip', pipWords), uv: theirs('uv', uvWords) }, 5)
for (const [name, { wall }] of Object.entries(result)) console.log(`  ${name}: ${ms(wall)}`)
const [ofPip, ofUv] = ['pip', 'uv'].map((tool) => result.ours.wall / result[tool].wall)
verdict('the shim ÷ pip', times(ofPip), 'less than 0.7×', ofPip < 0.7)
verdict('the shim ÷ uv', times(ofUv), 'at most 3×', ofUv <= 3)

/** Each round installs to a place of its own: removing the last one would be counted to whoever comes next. */
function ours() {
  const job = join(scratch, 'job.json')
  let round = 0
  const before = () => {
    const out = join(scratch, `ours-${round++}`)
    const options = { shebangs: 'pristine', bytecode: false, collisions: 'refused', workers: 2 }
    const named = wheels.map((file) => ({ name: nameOf(file), file }))
    writeFileSync(job, JSON.stringify({ wheels: named, ...options, work: `${out}.work`, out }))
  }
  return { command: [python, '-I', '-S', '-B', shim, 'install', job], before }
}

/** `words`: with an environment's python, what installs all wheels into it. */
function theirs(name, words) {
  const environment = join(scratch, name)
  const setAside = asideIn(scratch)
  const before = () => {
    setAside(environment)
    run([python, '-m', 'venv', '--without-pip', environment])
  }
  return { command: words(join(environment, 'bin/python')), before }
}

function pipWords(target) {
  return [...pip, '--python', target, 'install', '-q', '--no-index', '--no-compile', '--no-deps', ...wheels]
}

function uvWords(target) {
  const options = ['--no-index', '--no-deps', '--no-cache', '--link-mode', 'copy']
  return [uvProgram, 'pip', 'install', '-q', '--python', target, ...options, ...wheels]
}

function keptWheels() {
  const folder = join(keptDirectory('bench-wheels'), 'wheels')
  if (!existsSync(folder)) {
    const draft = mkdtempSync(`${folder}.`)
    const list = join(scratch, 'requirements.txt')
    const input = asked.split(' ').join('\n')
    const options = ['--no-header', '--no-annotate', '--only-binary', ':all:', '--python', python]
    const locked = run([uvProgram, 'pip', 'compile', '-q', ...options, '-'], input)
    writeFileSync(list, locked.split('\n').slice(0, COUNT).join('\n'))
    run([...pip, 'download', '-q', '--only-binary', ':all:', '--no-deps', '-d', draft, '-r', list])
    renameSync(draft, folder)
  }
  return readdirSync(folder)
    .sort()
    .map((file) => join(folder, file))
}

/** PEP 503. */
function nameOf(wheel) {
  return basename(wheel)
    .split('-')[0]
    .replaceAll(/[-_.]+/g, '-')
    .toLowerCase()
}

function run([command, ...words], input = '') {
  const { status, stdout, stderr } = spawnSync(command, words, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`)
  return stdout
}
