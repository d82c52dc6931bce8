/** The few files of /etc that a sandbox has: who one is inside, and that nobody else is known. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILD_GROUP, BUILD_USER } from './sandbox.ts'

const files: Readonly<Record<string, string>> = {
  group: `root:x:0:\nbuild:!:${BUILD_GROUP}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  passwd: [
    'root:x:0:0:root:/build/home:/noshell',
    `build:x:${BUILD_USER}:${BUILD_GROUP}:build:/build/home:/noshell`,
    'nobody:x:65534:65534:nobody:/:/noshell\n',
  ].join('\n'),
}

/** Writes them into a host directory; where each belongs inside. */
export function writeEtc(directory: string): readonly { readonly from: string; readonly to: string }[] {
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  return Object.entries(files).map(([name, text]) => {
    const from = join(directory, name)
    writeFileSync(from, text, { mode: 0o644 })
    return { from, to: `/etc/${name}` }
  })
}
