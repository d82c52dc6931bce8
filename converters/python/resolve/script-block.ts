/** The metadata in the comments of a script (PEP 723). https://packaging.python.org/en/latest/specifications/inline-script-metadata/ */

/** The TOML text between `# /// script` and `# ///`; undefined when there is no such block. */
export function findScriptBlock(script: string): string | undefined {
  const found = /^# \/\/\/ script\r?\n((?:#(?: .*)?\r?\n)+?)# \/\/\/\r?$/m.exec(script)
  return found?.[1]?.replace(/^# ?/gm, '')
}
