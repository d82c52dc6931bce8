/** The user's default.nix with the settings that were carried over, each where its comment stands. */
import type { CarriedSetting } from '../model/migration.ts'

/**
 * `section`: the ecosystem whose settings stand under its name, where there are several. What has no comment of its own stands at the
 * end of them.
 */
export function carrySettings(text: string, settings: readonly CarriedSetting[], section?: string): string {
  const lines = text.split('\n')
  const start = section === undefined ? 0 : lines.findIndex((line) => line.startsWith(`  ${section} = {`))
  const indent = section === undefined ? '  ' : '    '
  for (const { name, value } of settings) {
    const written = `${indent}${name} = ${value.replaceAll('\n', `\n${indent}`)};`
    const end = lines.findIndex(
      (line, index) => index > start && line === `${indent.slice(2)}}${section === undefined ? '' : ';'}`,
    )
    const place = lines.findIndex(
      (line, index) => index > start && index < end && line.startsWith(`${indent}# ${name} = `),
    )
    if (place === -1) lines.splice(end, 0, written)
    else lines.splice(place, 1, written)
  }
  return lines.join('\n')
}
