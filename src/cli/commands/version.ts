/** `--version` beside other options (`--json`); alone it is answered by the entry. */
import { ecosystems } from '../../../converters/index.ts'
import type { CommandResult } from '../commands.ts'

declare const LOCK2BUILD_VERSION: string

export function version(): CommandResult {
  const formats = ecosystems.flatMap((ecosystem) => ecosystem.formats)
  return {
    output: `${LOCK2BUILD_VERSION}\n`,
    json: () => ({
      node: process.versions.node,
      formats: formats.map(({ name, files, versions }) => ({ name, files, versions })),
    }),
  }
}
