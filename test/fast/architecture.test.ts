/** The conventions of ARCHITECTURE.md, enforced over the source text, so that reviewers need not. Each message says what to do. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folder → the folders of ours it may import from, beside itself. The table of ARCHITECTURE.md; the longest prefix counts. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/problem.ts': [],
  'src/model/': ['src/problem.ts'],
  'src/text/': ['src/problem.ts', 'src/model/'],
  'src/digest/': ['src/problem.ts', 'src/model/'],
  'src/pin/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/spec/'],
  'src/spec/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/text/'],
  'src/resolve/': ['src/problem.ts', 'src/model/', 'src/text/'],
  'src/migration/': ['src/problem.ts', 'src/model/', 'src/text/'],
  'src/diff/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/spec/'],
  'src/emit/': ['src/problem.ts', 'src/model/', 'src/spec/', 'src/digest/'],
  'src/io/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/text/'],
  'src/collection/': ['src/problem.ts', 'src/model/', 'src/text/'],
  'src/store/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/io/'],
  'src/fetch/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/io/', 'src/spec/', 'src/store/'],
  'src/build/': ['src/problem.ts', 'src/model/', 'src/digest/', 'src/io/', 'src/spec/', 'src/store/', 'src/fetch/'],
  'src/cli/': ['src/', 'converters/index.ts'],
  'converters/index.ts': ['converters/*/index.ts', 'src/model/'],
  'converters/*/': ['src/problem.ts', 'src/model/', 'src/text/', 'src/digest/', 'src/resolve/', 'src/migration/'],
  // Of the engine types only; see the test of the shims below.
  'converters/*/build/': ['converters/*/', 'src/problem.ts', 'src/model/', 'src/digest/', 'src/spec/'],
}

/** Everything of ours that is written by hand; fixtures and test projects are other people's files. */
const sources = listFiles('').filter((path) => /\.(?:ts|mjs|nix|py)$/.test(path))
const modules = sources.filter((path) => /^(?:src|converters)\/.*\.ts$/.test(path))
const texts = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]))

/** The mechanism of printing; who uses it is the question. */
const STREAMS = 'src/io/standard-streams.ts'

test('there is something to look at', () => {
  expect(modules.length).toBeGreaterThan(50)
  expect(sources).toContain('src/emit/nix/default.nix')
})

describe('imports', () => {
  test('the table tells right from wrong', () => {
    const right = [
      ['src/pin/archive.ts', 'src/digest/sri.ts'],
      ['src/cli/derive.ts', 'converters/index.ts'],
      ['converters/index.ts', 'converters/python/index.ts'],
      ['converters/node/readers/npm-lock/npm-lock.ts', 'converters/node/npmrc.ts'],
      ['converters/node/build/shim/tree.ts', 'converters/node/layout/find-need.ts'],
    ] as const
    const wrong = [
      ['src/digest/sri.ts', 'src/io/web.ts'],
      ['src/pin/archive.ts', 'src/io/web.ts'],
      ['src/io/web.ts', 'src/cli/report.ts'],
      ['src/cli/derive.ts', 'converters/node/npmrc.ts'],
      ['src/spec/print.ts', 'converters/node/plan.ts'],
      ['converters/index.ts', 'converters/node/plan.ts'],
      ['converters/node/plan.ts', 'src/io/web.ts'],
      ['converters/node/plan.ts', 'converters/python/plan.ts'],
      ['src/new/thing.ts', 'src/problem.ts'],
    ] as const
    expect(right.filter(([path, target]) => !isAllowed(path, target))).toEqual([])
    expect(wrong.filter(([path, target]) => isAllowed(path, target))).toEqual([])
  })

  test('a folder imports only from the folders that ARCHITECTURE.md lets it', () => {
    const wrong = modules.flatMap((path) =>
      importsOf(path)
        .filter(({ target }) => !isAllowed(path, target))
        .map(({ target, line }) => `${path}:${line} imports ${target}`),
    )
    expect(wrong, 'move the code to where it belongs, or hand it in as an argument (interfaces: src/model)').toEqual([])
  })

  test('every module is covered by the table', () => {
    expect(
      modules.filter((path) => findRule(path) === undefined),
      'add its folder to ARCHITECTURE.md and to this table',
    ).toEqual([])
  })

  test('no module imports itself by a detour', () => {
    const message = 'move what both need into a module of its own, or import the type only (`import type`)'
    expect(findCycles(), message).toEqual([])
  })

  test('what is copied into users’ projects takes nothing but types from the engine', () => {
    const wrong = modules
      .filter((path) => /^converters\/[^/]+\/build\//.test(path))
      .flatMap((path) => {
        const folder = path.split('/').slice(0, 2).join('/')
        return importsOf(path)
          .filter(({ target, kind }) => kind !== 'type' && !target.startsWith(`${folder}/`))
          .map(({ target, line }) => `${path}:${line} imports ${target}`)
      })
    expect(wrong, 'write `import type`; a shim runs alone in a sandbox and stays small').toEqual([])
  })

  test('packages are imported where they are known only: each in one file, node’s own with node:', () => {
    const wrapped: Readonly<Record<string, string>> = {
      commander: 'src/cli/arguments.ts',
      'smol-toml': 'src/text/toml-document.ts',
      '@npmcli/arborist': 'converters/node/resolve/npm-modules.ts',
      'npm-package-arg': 'converters/node/resolve/npm-modules.ts',
      'npm-pick-manifest': 'converters/node/resolve/npm-modules.ts',
    }
    const wrong = modules.flatMap((path) =>
      packagesOf(path)
        .filter((name) => !name.startsWith('node:') && wrapped[name] !== path)
        .map((name) => `${path} imports ${name}`),
    )
    expect(wrong, 'a new dependency needs a reason, one file that wraps it, and a line in this test').toEqual([])
  })

  test('disk, network and processes are touched in src/io only', () => {
    const wrong = modules
      .filter((path) => !path.startsWith('src/io/') && !path.includes('/build/'))
      .flatMap((path) =>
        packagesOf(path)
          .filter((name) => outside.test(name))
          .map((name) => `${path} imports ${name}`),
      )
    expect(wrong, 'put it behind an interface of src/model/world.ts and implement that in src/io').toEqual([])
  })
})

const outside = /^node:(?:fs|fs\/promises|http|https|net|tls|dns|child_process|worker_threads|os)$/

describe('text of the sources', () => {
  test('no file is longer than 400 lines', () => {
    const long = sources.filter((path) => (texts.get(path) ?? '').trimEnd().split('\n').length > 400)
    expect(long, 'split it by what it is about').toEqual([])
  })

  test('only src/cli/report.ts prints', () => {
    const printing =
      /\bconsole\s*\.|\bprocess\s*(?:\.\s*(?:stdout|stderr)\s*\.\s*(?:write|end)\b|\[)|\bwriteSync\((?:1|2)\b/
    const mayPrint = (path: string) =>
      // main.ts answers `--version` without loading anything; a shim talks to the log of its build, from one file.
      ['src/cli/report.ts', 'src/cli/main.ts', STREAMS].includes(path) ||
      /^converters\/[^/]+\/build\/shim\/failure\.ts$/.test(path)
    const found = findLines(
      modules.filter((path) => !mayPrint(path)),
      printing,
    )
    expect(found, 'return data, and let src/cli/report.ts (in a shim: say() of failure.ts) print it').toEqual([])
    const users = modules.filter((path) => importsOf(path).some(({ target }) => target === STREAMS))
    expect(users).toEqual(['src/cli/report.ts'])
  })

  test('nothing depends on a locale', () => {
    const found = findLines(modules, /\blocaleCompare\b|\bIntl\s*\.|\.toLocale[A-Z]/)
    expect(found, 'compare with < and > or sort() without arguments: code units are the same everywhere').toEqual([])
  })

  test('no clock and no chance outside of src/io', () => {
    const isTimed = (path: string) => path.startsWith('src/io/') || /^converters\/[^/]+\/build\/shim\//.test(path)
    const found = findLines(
      modules.filter((path) => !isTimed(path)),
      /\bDate\s*[.(]|\bMath\s*\.\s*random\b|\bperformance\s*\.|\brandom(?:UUID|Bytes|Int)\b|\bhrtime\b/,
    )
    expect(found, 'the same input gives the same bytes: hand the value in from src/io').toEqual([])
  })

  test('the default registry has its name in one place', () => {
    const host = ['registry', 'npmjs', 'org'].join('.')
    const isFree = (path: string) => path === 'converters/node/registry.ts'
    const found = findLines(
      sources.filter((path) => !isFree(path) && !path.startsWith('test/')),
      new RegExp(host.replaceAll('.', '\\.')),
    )
    expect(found, 'take it from converters/node/registry.ts').toEqual([])
  })

  test('no history, no promises in comments', () => {
    const found = findLines(modules, /\b(?:TODO|FIXME|XXX|HACK)\b/, 'everywhere')
    expect(found, 'do it now, or open an issue').toEqual([])
  })

  test('unknown input is checked, not believed', () => {
    const found = findLines(modules, /\bas any\b|:\s*any\b|<any>|@ts-(?:ignore|expect-error|nocheck)|\bas unknown as\b/)
    expect(found, 'read it with src/text/fields.ts, or narrow it').toEqual([])
  })
})

describe('file names', () => {
  const named = sources.filter((path) => !path.startsWith('test/support/nixpkgs/'))

  test('are kebab-case', () => {
    const wrong = named.filter((path) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config))?\.\w+$/.test(baseName(path)))
    expect(wrong, 'name it like its main export, in lower case with dashes').toEqual([])
  })

  test('say what is inside', () => {
    const empty = /^(?:utils?|helpers?|common|misc|types?|shared|constants|stuff|lib)\.\w+$/
    const wrong = named.filter((path) => empty.test(baseName(path)))
    expect(wrong, 'name it after the one thing it is for').toEqual([])
  })

  test('index.ts is for registries', () => {
    const wrong = named.filter(
      (path) => baseName(path) === 'index.ts' && !/^converters\/(?:[^/]+\/)?index\.ts$/.test(path),
    )
    expect(wrong, 'import the module itself').toEqual([])
  })
})

interface Import {
  /** From the root of the repository. */
  readonly target: string
  readonly kind: 'value' | 'type' | 'dynamic'
  readonly line: number
}

function importsOf(path: string): readonly Import[] {
  const imports: Import[] = []
  for (const { specifier, kind, offset } of statementsOf(path)) {
    if (!specifier.startsWith('.')) continue
    const line = (texts.get(path) ?? '').slice(0, offset).split('\n').length
    imports.push({ target: join(dirname(path), specifier), kind, line })
  }
  return imports
}

function packagesOf(path: string): readonly string[] {
  return statementsOf(path).flatMap(({ specifier }) => (specifier.startsWith('.') ? [] : [specifier]))
}

interface Statement {
  readonly specifier: string
  readonly kind: Import['kind']
  readonly offset: number
}

function statementsOf(path: string): readonly Statement[] {
  const text = texts.get(path) ?? ''
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"()=;]*?\sfrom\s+)?'([^']+)'/gm)]
  const dynamic = [...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)]
  return [
    ...fixed.map(({ 1: type, 2: specifier = '', index }): Statement => ({
      specifier,
      kind: type === undefined ? 'value' : 'type',
      offset: index,
    })),
    ...dynamic.map(({ 1: specifier = '', index }): Statement => ({ specifier, kind: 'dynamic', offset: index })),
  ]
}

function findRule(path: string): string | undefined {
  const matching = Object.keys(mayImport).filter((pattern) => isUnder(path, pattern))
  return matching.sort((a, b) => b.length - a.length)[0]
}

function isAllowed(path: string, target: string): boolean {
  const rule = findRule(path)
  if (rule === undefined) return false
  if (isUnder(target, ownFolder(path, rule))) return true
  return (mayImport[rule] ?? []).some((pattern) => isUnder(target, ownFolder(path, pattern)))
}

/** An ecosystem may import from itself, not from its neighbours. */
function ownFolder(path: string, pattern: string): string {
  const ecosystem = /^converters\/([^/]+)\//.exec(path)?.[1]
  return ecosystem === undefined ? pattern : pattern.replace('*', ecosystem)
}

function isUnder(path: string, pattern: string): boolean {
  const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')
  return new RegExp(`^${expression}${pattern.endsWith('/') ? '' : '$'}`).test(path)
}

/** Each cycle once, from its first module. */
function findCycles(): readonly string[] {
  const cycles = new Set<string>()
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start !== -1) {
      const cycle = way.slice(start)
      const first = cycle.indexOf([...cycle].sort()[0] ?? '')
      cycles.add([...cycle.slice(first), ...cycle.slice(0, first)].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const { target, kind } of importsOf(path)) if (kind === 'value') visit(target, [...way, path])
    done.add(path)
  }
  for (const path of modules) visit(path, [])
  return [...cycles].sort()
}

function findLines(
  paths: readonly string[],
  pattern: RegExp,
  where: 'code' | 'everywhere' = 'code',
): readonly string[] {
  return paths.flatMap((path) =>
    (texts.get(path) ?? '')
      .split('\n')
      .flatMap((text, index) =>
        pattern.test(text) && (where === 'everywhere' || !isComment(text))
          ? [`${path}:${index + 1} ${text.trim()}`]
          : [],
      ),
  )
}

/** Comments may speak of what code must not do. */
function isComment(text: string): boolean {
  return /^\s*(?:\*|\/\*|\/\/)/.test(text)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function listFiles(folder: string): readonly string[] {
  const foreign = new Set([
    'node_modules',
    'dist',
    'fixtures',
    'fidelity-projects',
    'fidelity-locks',
    'projects',
    '.git',
    'coverage',
    'examples',
  ])
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = relative(root, join(root, folder, entry.name)).replaceAll('\\', '/')
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : listFiles(path)
    return entry.isFile() ? [path] : []
  })
}
