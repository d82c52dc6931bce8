// Results are read-only. Only directories are made writable for removing them: files are those of the packages that are kept unpacked.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

export function removeSealed(directory) {
  spawnSync('find', [directory, '-type', 'd', '-exec', 'chmod', 'u+w', '{}', '+'])
  rmSync(directory, { recursive: true, force: true })
}
