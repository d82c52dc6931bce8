/**
 * composer.lock of Composer 1 and 2 (composer/composer, Package/Locker.php), with the composer.json it belongs to. Its content-hash
 * tells whether it still does; Composer installs nevertheless, with a warning, and so do we.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Edge, EdgeKind, Lock } from '../../../../src/model/lock.ts'
import { fail, shown, type Problem } from '../../../../src/problem.ts'
import { rootFields, type Fields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import type { PhpPlan } from '../../php-plan.ts'
import { getManifest, type Manifest } from '../manifest.ts'
import { isPlatform } from '../platform.ts'
import { contentHash } from './content-hash.ts'
import { providersOf, readPackages, targetsOf, type PhpEntry, type Providers } from './locked-packages.ts'

export const composerLock: LockReader = { read }

function read({ file, files }: ReadContext): ReadResult {
  const fields = rootFields(parseJson(files.find(file) ?? '', { file, purpose: 'lock', reach: files.reach }))
  if (fields === undefined) return fail({ code: 'lock-type', message: 'a lock file is an object', where: { file } })
  const version = getVersion(fields)
  const manifest = getManifest(files, file)
  const entries = readPackages(fields, manifest)
  // What a faulty entry would be is missing everywhere else.
  fields.document.failIfAny()
  const providers = providersOf(entries)
  for (const each of entries) addEdges(each, providers)
  fields.document.failIfAny()
  const dependencies = [
    ...rootEdges(manifest, 'require', 'prod', providers),
    ...rootEdges(manifest, 'require-dev', 'dev', providers),
  ]
  const lock: Lock = {
    ecosystem: 'php',
    format: { name: 'composer-lock', version, file },
    roots: [{ path: '', name: manifest.name, version: manifest.version, dependencies }],
    packages: new Map(entries.map(({ pkg }) => [pkg.id, pkg])),
    facts: planOf(file, manifest, { entries, providers }),
  }
  return { lock, warnings: checkFreshness(fields, manifest) }
}

const RELOCK = 'run composer update --lock, which writes it anew'

/** Before 1.10, Composer wrote no version of its plugin interface. Throws `lock-version`. */
function getVersion(fields: Fields): string {
  if (!fields.has('packages')) {
    fields.document.failIfAny()
    const message = 'there is no list of packages: this is no composer.lock'
    return fail({ code: 'lock-syntax', message, where: { file: fields.document.file }, hint: RELOCK })
  }
  const text = fields.text('plugin-api-version') ?? '1.0.0'
  const [, major = ''] = /^([12])\.\d+\.\d+/.exec(text) ?? []
  if (major !== '') return major
  return fail({
    code: 'lock-version',
    message: `this was written by a Composer whose plugins are of version ${shown(text)}, which is not known: 1 and 2 are`,
    where: fields.where('plugin-api-version'),
    hint: RELOCK,
  })
}

function checkFreshness(fields: Fields, { fields: manifest }: Manifest): readonly Problem[] {
  const locked = fields.text('content-hash')
  const now = contentHash(manifest.document.value)
  if (locked === undefined || now === undefined || locked === now) return []
  const message = 'composer.json was changed since this was written: what it asks for now may be missing'
  return [
    { code: 'manifest-mismatch', message, where: fields.where('content-hash'), hint: 'run composer update --lock' },
  ]
}

function addEdges({ entry, pkg, require, isDev }: PhpEntry, providers: Providers): void {
  for (const [name, range] of require) {
    if (isPlatform(name)) continue
    const targets = targetsOf(name, providers)
    for (const to of targets) pkg.dependencies.push({ as: name, to, kind: isDev ? 'dev' : 'prod', range })
    if (targets.length > 0) continue
    const message = `${shown(pkg.name)} needs ${shown(name)}, which is not in the file`
    entry.addProblem('lock-inconsistent', message, { key: 'require', hint: RELOCK })
  }
}

/** What Composer would refuse to install: the lock file lacks it. */
function rootEdges(
  { fields, require, requireDev }: Manifest,
  key: 'require' | 'require-dev',
  kind: EdgeKind,
  providers: Providers,
): readonly Edge[] {
  const asked = [...(key === 'require' ? require : requireDev)].filter(([name]) => !isPlatform(name))
  const edges = asked.map(([name, range]) => {
    const targets = targetsOf(name, providers)
    if (targets.length === 0) {
      const message = `${shown(name)} is asked for, and composer.lock does not have it`
      fields.object(key)?.addProblem('manifest-mismatch', message, { key: name, hint: 'run composer update' })
    }
    return targets.map((to): Edge => ({ as: name, to, kind, range }))
  })
  fields.document.failIfAny()
  return edges.flat()
}

interface Entries {
  readonly entries: readonly PhpEntry[]
  readonly providers: Providers
}

function planOf(file: string, manifest: Manifest, { entries, providers }: Entries): PhpPlan {
  const hasPlugins = entries.some(({ isPlugin }) => isPlugin)
  const packages = entries.flatMap(({ pkg, plan }) => (plan === undefined ? [] : [[pkg.id, plan] as const]))
  const own = entries.filter(({ isDev }) => !isDev).map(({ require }) => require)
  const dev = entries.filter(({ isDev }) => isDev).map(({ require }) => require)
  const prod = extensionsOf([manifest.require, ...own], providers)
  return {
    lock: file,
    vendorDir: manifest.vendorDir,
    bin: manifest.bin,
    packages: Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1))),
    extensions: {
      prod,
      dev: extensionsOf([manifest.requireDev, ...dev], providers).filter((name) => !prod.includes(name)),
    },
    ...(manifest.scansProject || hasPlugins ? { scansProject: true } : {}),
  }
}

/** Those that no package stands in for (symfony/polyfill-mbstring). */
function extensionsOf(requirements: readonly ReadonlyMap<string, string>[], providers: Providers): readonly string[] {
  const names = requirements.flatMap((require) => [...require.keys()])
  const wanted = names.filter((name) => name.startsWith('ext-') && !providers.has(name))
  return [...new Set(wanted.map((name) => name.slice('ext-'.length)))].sort()
}
