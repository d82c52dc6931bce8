/**
 * Installations of Python as nixpkgs has them: a prefix that holds all of one. The one of the system is copied out of /usr, which Nix's
 * bare sandbox has not under that name.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'

export interface PythonPrefix {
  /** Holds bin/python3, lib/python3.12, include/python3.12. */
  readonly prefix: string
  /** `3.12` */
  readonly version: string
}

/** The Python that is found on PATH, or FIDELITY_PYTHON, or the one given. Made once and kept for the next run. */
export function hostPython(program = process.env['FIDELITY_PYTHON'] ?? 'python3'): PythonPrefix {
  const code =
    'import os, sys; print(sys.base_prefix); print("%d.%d" % sys.version_info[:2]); print(sys.version.split()[0])'
  const text = execFileSync(program, ['-I', '-S', '-c', code], { encoding: 'utf8' })
  const [prefix = '', version = '', exact = ''] = text.split('\n')
  return { prefix: prefix === '/usr' ? copySystemPython(version, exact) : prefix, version }
}

function copySystemPython(version: string, exact: string): string {
  const prefix = join(keptDirectory('pythons'), `system-${exact}`)
  if (existsSync(prefix)) return prefix
  const name = `python${version}`
  const draft = mkdtempSync(`${prefix}.`)
  for (const folder of ['bin', 'lib', 'include']) mkdirSync(join(draft, folder))
  copyFileSync(`/usr/bin/${name}`, join(draft, 'bin', name))
  symlinkSync(name, join(draft, 'bin/python3'))
  cpSync(`/usr/lib/${name}`, join(draft, 'lib', name), { recursive: true, dereference: true })
  if (existsSync(`/usr/include/${name}`)) symlinkSync(`/usr/include/${name}`, join(draft, 'include', name))
  try {
    renameSync(draft, prefix)
  } catch {
    rmSync(draft, { recursive: true }) // another test file was faster
  }
  return prefix
}
