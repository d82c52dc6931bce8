/**
 * Composer's content-hash: an md5 of what of composer.json decides a resolution, as PHP prints it (composer/composer,
 * Package/Locker.php, getContentHash).
 */
import { createHash } from 'node:crypto'

/** In the order in which PHP sorts them. `config` holds `platform` alone. */
const relevant = [
  'config',
  'conflict',
  'extra',
  'minimum-stability',
  'name',
  'prefer-stable',
  'provide',
  'replace',
  'repositories',
  'require',
  'require-dev',
  'version',
]

/** undefined where JavaScript cannot tell what PHP would print: of numbers as keys it forgets the order, of large numbers the digits. */
export function contentHash(manifest: unknown): string | undefined {
  if (!isTable(manifest)) return undefined
  const platform = isTable(manifest['config']) ? manifest['config']['platform'] : undefined
  const content = { ...manifest, config: platform === undefined || platform === null ? undefined : { platform } }
  const members = relevant.filter((key) => Object.hasOwn(content, key) && memberOf(content, key) !== undefined)
  const texts = members.map((key) => [JSON.stringify(key), printPhp(memberOf(content, key))] as const)
  if (texts.some(([, text]) => text === undefined)) return undefined
  const text = members.length === 0 ? '[]' : `{${texts.map(([key, value]) => `${key}:${value}`).join(',')}}`
  return createHash('md5').update(text).digest('hex')
}

/** As json_encode prints what json_decode made of it: an empty object has become an empty list. */
function printPhp(value: unknown): string | undefined {
  if (Array.isArray(value)) return joined('[', value.map(printPhp), ']')
  if (isTable(value)) return printTable(value)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined
  return typeof value === 'string' ? printText(value) : JSON.stringify(value)
}

function printTable(table: Table): string | undefined {
  const keys = Object.keys(table)
  if (keys.length === 0) return '[]'
  if (keys.some((key) => /^(?:0|-?[1-9]\d*)$/.test(key))) return undefined
  const members = keys.map((key) => {
    const value = printPhp(table[key])
    return value === undefined ? undefined : `${printText(key)}:${value}`
  })
  return joined('{', members, '}')
}

function joined(open: string, items: readonly (string | undefined)[], close: string): string | undefined {
  return items.includes(undefined) ? undefined : `${open}${items.join(',')}${close}`
}

function printText(text: string): string {
  return JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

type Table = Readonly<Record<string, unknown>>

function memberOf(table: Table, key: string): unknown {
  return table[key]
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
