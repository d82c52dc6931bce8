/** Directories for PATH in which Python and its package managers go by their usual names. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { hostPython } from './python-prefix.ts'
import { toolPython, type PythonTool } from './python-tools.ts'

/** By the name that its users type, with the words that come first: `pip-compile` is `python -m piptools compile`. */
export type NamedTools = Readonly<Record<string, readonly [PythonTool, ...string[]]>>

/** A PATH with these and nothing else of their kind, but for what stands in /usr/bin. */
export function pythonPath(tools: NamedTools): string {
  const bin = mkdtempSync(join(tmpdir(), 'python-bin-'))
  for (const [name, [tool, ...words]] of Object.entries(tools)) {
    const program = [toolPython(tool), '-m', tool.module, ...words].map((word) => `'${word}'`).join(' ')
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return [bin, join(hostPython().prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':')
}
