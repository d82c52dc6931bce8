/** Specs with one fault each: the reader and the published schema must refuse every one of them. */
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { sampleSpec, sampleSri } from './sample-spec.ts'

export interface BrokenSpec {
  readonly what: string
  readonly spec: Json
  /** Where the reader reports it. */
  readonly key: string | undefined
}

type Path = readonly string[]

const node = ['ecosystems', 'node']
const archive = [...node, 'sources', 'ms@2.1.3']
const git = [...node, 'sources', 'pinned@1.0.0#git']
const local = [...node, 'sources', 'vendored@2.0.0']
const at = (path: string): string => `ecosystems.node.${path}`
const inVariables = (name: string): string =>
  at(/^[A-Za-z_]\w*$/.test(name) ? `env.${name}` : `env[${JSON.stringify(name)}]`)
const inArchive = (key: string): string => at(`sources["ms@2.1.3"].${key}`)
const inGit = (key: string): string => at(`sources["pinned@1.0.0#git"].${key}`)
const inLocal = (key: string): string => at(`sources["vendored@2.0.0"].${key}`)

export const brokenSpecs: readonly BrokenSpec[] = [
  ...['1', 0, 1.5, null].map((version) =>
    broken(`the version ${JSON.stringify(version)}`, ['lock2build'], version, 'lock2build'),
  ),
  broken('a missing version', ['lock2build'], undefined, 'lock2build'),
  broken('missing systems', ['systems'], undefined, 'systems'),
  broken('no system', ['systems'], [], 'systems'),
  broken('a system twice', ['systems'], ['a-b', 'a-b'], 'systems'),
  broken('a system that is none', ['systems'], ['x86_64-linux; rm'], 'systems'),
  broken('a system of another type', ['systems'], [1], 'systems[0]'),
  broken('missing ecosystems', ['ecosystems'], undefined, 'ecosystems'),
  broken('no ecosystem', ['ecosystems'], {}, 'ecosystems'),
  broken('an ecosystem that is a path', ['ecosystems', '../x'], sampleSpec.ecosystems['node'], 'ecosystems["../x"]'),
  broken('an ecosystem of another type', node, [], 'ecosystems.node'),
  ...[[], node, [...node, 'project'], [...node, 'lock'], archive, git, local].map((path) =>
    broken(`an unknown key in ${path.join(' ') || 'the spec'}`, [...path, 'unknown'], 1, `${printPath(path)}unknown`),
  ),
  ...['project', 'lock', 'omit', 'sources', 'plan'].flatMap((key) => [
    broken(`missing ${key}`, [...node, key], undefined, at(key)),
    broken(`${key} of another type`, [...node, key], 'x', at(key)),
  ]),
  broken('a project without a name', [...node, 'project', 'name'], undefined, at('project')),
  broken('a project version of another type', [...node, 'project', 'version'], 1, at('project.version')),
  broken('NUL in the name', [...node, 'project', 'name'], 'a\0b', at('project.name')),
  ...['/etc/passwd', '../x', 'a/../../x', '', '.', 'a//b', 'a/', 'C:/x', 'a\\b', 'a\nb', 'a\u2028/../b'].map((file) =>
    broken(`the lock file ${JSON.stringify(file)}`, [...node, 'lock', 'file'], file, at('lock.file')),
  ),
  broken('something omitted twice', [...node, 'omit'], ['dev', 'dev'], at('omit')),
  ...['', '1A', 'A-B', 'A=B', 'PATH', 'HOME', 'NIX_PATH', 'npm_config_x', 'Npm_Config_x', 'COMPOSER', 'PYTHONPATH'].map(
    (name) => broken(`the variable ${JSON.stringify(name)}`, [...node, 'env', name], 'x', inVariables(name)),
  ),
  broken('a variable that is a number', [...node, 'env', 'PORT'], 1, at('env.PORT')),
  broken('a variable with NUL', [...node, 'env', 'TITLE'], 'a\0b', at('env.TITLE')),
  broken(
    'a source without a key',
    [...node, 'sources', ''],
    sampleSpec.ecosystems['node']?.sources['ms@2.1.3'],
    at('sources[""]'),
  ),
  broken('a source of another type', archive, 'x', at('sources["ms@2.1.3"]')),
  broken('a source of no kind', archive, { name: 'x' }, inArchive('urls')),
  broken('a source of two kinds', [...archive, 'git'], 'https://git.example/x', inArchive('git')),
  ...['', '.x', 'a b', 'a/b', 'x.drv', 'é', 'x'.repeat(208), 'a\n'].map((name) =>
    broken(`the store name ${JSON.stringify(name.slice(0, 10))}`, [...archive, 'name'], name, inArchive('name')),
  ),
  broken('no URL', [...archive, 'urls'], [], inArchive('urls')),
  ...badUrls().map((url) => broken(`the URL ${JSON.stringify(url)}`, [...archive, 'urls'], [url], inArchive('urls'))),
  broken('a missing hash', [...archive, 'hash'], undefined, at('sources["ms@2.1.3"]')),
  ...badHashes([sampleSri('sha1'), sampleSri('sha384'), sampleSri('md5')]).map((hash) =>
    broken(`the archive hash ${JSON.stringify(hash)}`, [...archive, 'hash'], hash, inArchive('hash')),
  ),
  broken('a claim of another type', [...archive, 'claim'], null, inArchive('claim')),
  ...badGitUrls().map((url) => broken(`the repository ${JSON.stringify(url)}`, [...git, 'git'], url, inGit('git'))),
  ...['main', '0123456', 'g'.repeat(40), 'A'.repeat(40), '0'.repeat(41), `${'0'.repeat(40)}\n`].map((rev) =>
    broken(`the commit ${JSON.stringify(rev)}`, [...git, 'rev'], rev, inGit('rev')),
  ),
  broken('a sha512 of a tree', [...git, 'hash'], sampleSri('sha512'), inGit('hash')),
  broken('a subdirectory outside', [...git, 'subdir'], '../x', inGit('subdir')),
  broken('an archive outside', [...local, 'path'], 'vendor/../../x.tgz', inLocal('path')),
  ...badHashes([]).map((hash) =>
    broken(`the local hash ${JSON.stringify(hash)}`, [...local, 'hash'], hash, inLocal('hash')),
  ),
]

function badUrls(): readonly string[] {
  return [
    '',
    'x',
    'ftp://h/x',
    'file:///etc/passwd',
    'HTTPS://h/x',
    'https://',
    'https:///x',
    ' https://h/x',
    'https://h/x\n',

    'https://user:secret@h/x',
    'https://user@h/x',
    'https://h/a b',
    'https://h/${x}',
    'https://h/"',
    'https://h\\x',
    'https://h/\u2028',
  ]
}

function badGitUrls(): readonly string[] {
  return [
    '',
    '--upload-pack=x',
    'ext::sh -c x',
    'file:///x',
    '/x',
    '../x',
    'https://u:p@h/x',
    'https://u@h/x',
    'https://h',
    'ssh://-o/x',
    '-o@h:x',
    'https://h/$(x)',
    'https://h/`x`',
    'https://h/x y',
    'https://h/x\n',
    "https://h/'x'",
  ]
}

function badHashes(others: readonly string[]): readonly string[] {
  const good = sampleSri('sha512')
  return [
    '',
    'sha512',
    'sha512-',
    'sha512-AAAA',
    'sha3-AAAA',
    good.slice(0, -1),
    good.replace('==', ''),
    `${good}?x`,
    ` ${good}`,
    `${good} ${sampleSri('sha256')}`,
    good.replace('sha512', 'SHA512'),
    `sha256-${'A'.repeat(42)}B=`,
    `${good}\n`,
    ...others,
  ]
}

/** The sample with one value put in, or taken out (undefined). */
function broken(what: string, path: Path, value: unknown, key: string): BrokenSpec {
  return { what, spec: withValue(sampleSpec, path, value), key }
}

function withValue(target: Json, [key, ...rest]: Path, value: unknown): Json {
  if (key === undefined) return JSON.parse(JSON.stringify(value))
  const object: JsonObject = isObject(target) ? target : {}
  const { [key]: old, ...others } = object
  if (rest.length === 0 && value === undefined) return others
  return { ...others, [key]: withValue(old ?? {}, rest, value) }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function printPath(path: Path): string {
  return (
    path
      .map((key) => (/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
      .join('')
      .replace(/^\./, '') + (path.length > 0 ? '.' : '')
  )
}
