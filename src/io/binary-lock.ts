/**
 * A binary lock file as text, made by the program that it belongs to: in a copy that holds only what the program must see, with a
 * home of its own, without the network, and without the user's environment.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BinaryForm } from '../model/converter.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import { findProgram } from './find-program.ts'
import { failIo } from './inside.ts'
import { findReal, projectFiles } from './project-files.ts'
import { withScratch } from './scratch.ts'

export interface BinaryLock {
  readonly directory: string
  /** Project-relative. */
  readonly file: string
  readonly files: ProjectFiles
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Throws `lock-encoding` when there is no such program, or when it does not make the text. */
export async function convertToText(form: BinaryForm, lock: BinaryLock): Promise<string> {
  const { file, environment } = lock
  const program = findProgram(form.program, environment)
  if (program === undefined) {
    const message = `the file is binary, and there is no ${form.program} on PATH that could write it as text`
    return fail({ code: 'lock-encoding', message, where: { file }, hint: form.hint })
  }
  const inputs = await form.inputs(lock.files)
  return withScratch('lock', async (copy) => {
    copyInputs(lock, copy, [[file, form.file], ...inputs.map((path) => [path, path] as const)])
    const said = await run([program, ...form.args], {
      cwd: join(copy, 'project'),
      home: join(copy, 'home'),
      environment,
    })
    const text = projectFiles(join(copy, 'project')).find(form.makes)
    if (text !== undefined) return text
    const message = `${form.program} does not write it as ${form.makes}: ${shown(said)}`
    return fail({ code: 'lock-encoding', message, where: { file }, hint: form.hint })
  })
}

function copyInputs(
  { directory }: BinaryLock,
  copy: string,
  paths: readonly (readonly [from: string, to: string])[],
): void {
  try {
    mkdirSync(join(copy, 'home'))
    for (const [from, path] of paths) {
      const real = findReal(directory, from)
      if (real === undefined) continue
      const to = join(copy, 'project', path)
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(real, to)
    }
  } catch (error) {
    failIo(error, 'copying', directory)
  }
}

interface Run {
  readonly cwd: string
  readonly home: string
  readonly environment: BinaryLock['environment']
}

/** A proxy that nobody serves: what is not in the file is not to be looked up. */
const NO_PROXY_THERE = 'http://127.0.0.1:9'

/** The last line that it says. It may fail: what counts is the file. */
function run([program, ...args]: readonly [string, ...string[]], { cwd, home, environment }: Run): Promise<string> {
  const env = {
    PATH: environment['PATH'],
    HOME: home,
    TMPDIR: home,
    HTTP_PROXY: NO_PROXY_THERE,
    HTTPS_PROXY: NO_PROXY_THERE,
    http_proxy: NO_PROXY_THERE,
    https_proxy: NO_PROXY_THERE,
  }
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
      resolve(lines.at(-1) ?? error?.message ?? 'it said nothing')
    })
  })
}
