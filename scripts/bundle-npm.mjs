// Makes one CommonJS file of npm's resolver and everything it needs: a hundred packages in eight hundred files, which would take
// twice as long to load, and would be the only dependencies of an installed lock2build.
import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

const entry = 'converters/node/resolve/npm-modules.ts'

/**
 * What resolving has no use for: running scripts (which then cannot happen), signatures of attestations, audits, queries, and other
 * encodings than UTF-8.
 */
const unused = {
  '@npmcli/run-script': 'module.exports = () => { throw new Error("scripts are never run here") }',
  sigstore: 'module.exports = {}',
  '@npmcli/metavuln-calculator': 'module.exports = class {}',
  '@npmcli/query': 'module.exports = {}',
  'iconv-lite': 'module.exports = {}',
}

const withoutUnused = {
  name: 'without-unused',
  setup(builder) {
    builder.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      Object.hasOwn(unused, path) ? { path, namespace: 'unused' } : undefined,
    )
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: unused[path], loader: 'js' }))
  },
}

/**
 * Work that npm does in vain, many thousand times: without it a resolution takes half the time, and nothing else of it changes.
 * What stands in a file → what stands there instead. A release in which it does not stand there stops the build.
 */
const shortcuts = [
  // What has neither a colon nor a slash is no URL: a range need not be tried as one.
  {
    file: 'hosted-git-info/lib/index.js',
    before: "if (typeof giturl !== 'string') {",
    after: "if (typeof giturl !== 'string' || !/[:/]/.test(giturl)) {",
  },
  // The half of a lock file that version 3 leaves out is not made.
  {
    file: '@npmcli/arborist/lib/shrinkwrap.js',
    before: 'if (!children.size) {',
    after: 'if (!children.size || this.lockfileVersion >= 3) {',
  },
  // What looking ahead has picked of a document is not picked again.
  {
    file: 'npm-pick-manifest/lib/index.js',
    before: 'const mani = pickManifest(packument, wanted, opts)',
    after: `const picks = (module.exports.picks ??= new WeakMap())
      if (!picks.has(packument)) picks.set(packument, new Map())
      const { before: until, defaultTag: tag, avoid, avoidStrict, nodeVersion, npmVersion } = opts
      const key = [wanted, until, tag, avoid, avoidStrict, nodeVersion, npmVersion].join()
      const known = picks.get(packument)
      const mani = known.has(key) ? known.get(key) : pickManifest(packument, wanted, opts)
      known.set(key, mani)`,
  },
  // Whether a version's engines fit is found out once, not in every comparison of a sort.
  {
    file: 'npm-pick-manifest/lib/index.js',
    before: 'const engineOk = (manifest, npmVersion, nodeVersion) => {',
    after: `const engines = new WeakMap()
      const engineOk = (manifest, npmVersion, nodeVersion) => {
        const key = npmVersion + ' ' + nodeVersion
        const known = engines.get(manifest)
        if (known?.key === key) return known.fits
        const fits = enginesFit(manifest, npmVersion, nodeVersion)
        engines.set(manifest, { key, fits })
        return fits
      }
      const enginesFit = (manifest, npmVersion, nodeVersion) => {`,
  },
  // A range is parsed once, not once for every version that it is compared with.
  {
    file: 'semver/functions/satisfies.js',
    before: 'range = new Range(range, options)',
    after: `const flags = options === true ? 1 : options ? (options.loose ? 1 : 0) + (options.includePrerelease ? 2 : 0) : 0
      const parsed = (satisfies.parsed ??= [new Map(), new Map(), new Map(), new Map()])[flags]
      const known = parsed.get(range) ?? new Range(range, options)
      parsed.set(range, known)
      range = known`,
  },
  // What kind of text stands behind a name, and whether the name is one, is found out once for each text.
  {
    file: 'npm-package-arg/lib/npa.js',
    before: `const version = semver.valid(spec, true)
  const range = semver.validRange(spec, true)`,
    after: `const kinds = (npa.kinds ??= new Map())
      const known = kinds.get(spec) ?? [semver.valid(spec, true), semver.validRange(spec, true)]
      kinds.set(spec, known)
      const [version, range] = known`,
  },
  {
    file: 'npm-package-arg/lib/npa.js',
    before: 'const valid = validatePackageName(name)',
    after: `const names = (npa.names ??= new Map())
      const valid = names.get(name) ?? validatePackageName(name)
      names.set(name, valid)`,
  },
  // A version is parsed once, not once for every range that it is compared with.
  {
    file: 'semver/classes/range.js',
    before: 'version = new SemVer(version, this.options)',
    after: `const parsed = (Range.parsed ??= [new Map(), new Map()])[this.options.loose ? 1 : 0]
      const known = parsed.get(version) ?? new SemVer(version, this.options)
      parsed.set(version, known)
      version = known`,
  },
]

const withShortcuts = {
  name: 'with-shortcuts',
  setup(builder) {
    for (const file of new Set(shortcuts.map((shortcut) => shortcut.file))) {
      builder.onLoad({ filter: new RegExp(`/node_modules/${file.replaceAll('.', '\\.')}$`) }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        return { contents: shortcuts.filter((shortcut) => shortcut.file === file).reduce(shorten, text), loader: 'js' }
      })
    }
  },
}

function shorten(text, { file, before, after }) {
  if (text.split(before).length !== 2) throw new Error(`${file} is not as it was: look at it again`)
  return text.replace(before, () => after)
}

/** For the program's bundle: the modules are in the file that {@link bundleNpmModules} makes, beside the program's own chunks. */
export function externalNpmModules(path) {
  return {
    name: 'external-npm-modules',
    setup(builder) {
      builder.onResolve({ filter: /\/npm-modules\.ts$/ }, () => ({ path: `./${basename(path)}`, external: true }))
    },
  }
}

/** `common`: what all of the program's files have in common. Named by a digest of its content, as chunks are. */
export async function bundleNpmModules(common) {
  return await build({
    ...common,
    entryPoints: { 'npm-modules': entry },
    entryNames: 'chunks/[name]-[hash]',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [withoutUnused, withShortcuts],
  })
}
