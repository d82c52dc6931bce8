/** Packages of npm that are installed for their programs, as `npm install -g` does it. */
import type { ToolFault, ToolRequest, Tools } from '../../src/model/collection.ts'
import { shown } from '../../src/problem.ts'
import { rootFields } from '../../src/text/fields.ts'
import { parseJson } from '../../src/text/json-document.ts'
import { findGitSpec } from './git-spec.ts'
import { isPackageName } from './package-name.ts'
import { isRange } from './semver-range.ts'

export const nodeTools: Tools = {
  read,
  split,
  manifest: ({ name, range }) =>
    new Map([['package.json', `${JSON.stringify({ private: true, dependencies: { [name]: range } }, null, 2)}\n`]]),
  configuration: ['.npmrc'],
  hasPrograms,
}

function read(name: string, range: string): ToolRequest | ToolFault {
  if (!isPackageName(name) || !ATTRIBUTE.test(name)) {
    return { code: 'name-invalid', message: `${shown(name)} is not the name of an npm package` }
  }
  const wanted = range.trim() === '' ? '*' : range.trim()
  return findFault(wanted) ?? { name, range: wanted }
}

/** Names of old packages with characters that no file name should have are left out. */
const ATTRIBUTE = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/

function findFault(range: string): ToolFault | undefined {
  if (/^(?:file|link|portal|workspace|catalog|patch):|^\.{0,2}\/|^~\//.test(range)) {
    const message = `${shown(range)} has no meaning in a collection: its packages come from registries, repositories and URLs`
    return { code: 'requirement-invalid', message }
  }
  const alias = /^npm:((?:@[^@/]+\/)?[^@/]+)(?:@(.*))?$/.exec(range)
  if (alias !== null) {
    const [, name = '', inner = '*'] = alias
    return isPackageName(name) ? findFault(inner) : notRange(range)
  }
  if (/^https?:\/\/\S+$/.test(range) || findGitSpec(range) !== undefined) return undefined
  return isRange(range) || TAG.test(range) ? undefined : notRange(range)
}

/** As npm has it: what needs no escape in a URL. */
const TAG = /^[A-Za-z!~*'()_-][\w.!~*'()-]*$/

function notRange(range: string): ToolFault {
  return {
    code: 'requirement-invalid',
    message: `${shown(range)} is neither a range of versions, nor a tag or a URL`,
    hint: 'examples are "*", "^3.1", "5.x", "next", "npm:other@1", "git+https://…"',
  }
}

/** The @ that begins a scope does not count. */
function split(text: string): readonly [string, string] {
  const at = text.indexOf('@', 1)
  return at === -1 ? [text, '*'] : [text.slice(0, at), text.slice(at + 1)]
}

/** npm's lock files say it since version 3. */
function hasPrograms(name: string, lockText: string): boolean | undefined {
  const root = rootFields(parseJson(lockText, { file: 'package-lock.json', purpose: 'lock' }))
  const entry = root?.object('packages')?.object(`node_modules/${name}`)
  return entry?.has('bin')
}
