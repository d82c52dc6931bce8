/** What the emitted Nix files say when they are only evaluated: selection, settings, errors. Nothing is built. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hasNix, openStore } from '../support/nix.ts'
import { allSystems, writeNixProject, type TestPackage, type TestProject } from '../support/nix-project.ts'

describe.skipIf(!hasNix)('evaluating the emitted files', () => {
  const store = openStore()
  const written: { remove(): void }[] = [store]
  afterAll(() => written.forEach((each) => each.remove()))

  const project = (content: TestProject) => {
    const made = writeNixProject(content)
    written.push(made)
    return made.folder
  }
  /** Job of an attribute, as the shim gets it but for the fields that the builder adds. */
  const jobOf = async (folder: string, attribute: string, settings = '{ }') => {
    const expression = `builtins.unsafeDiscardStringContext (${call(folder, settings)}).${attribute}.job`
    const text = await store.evaluate(expression)
    return JSON.parse(String(text)) as {
      sources: Record<string, string>
      directories: Record<string, string>
      omit: string[]
      overrides: object
      buildScript: string
    }
  }
  const failureOf = async (folder: string, settings: string, attribute = 'nodeModules.drvPath') => {
    const { status, stderr } = await store.run('nix-instantiate', [
      '--eval',
      '-E',
      `(${call(folder, settings)}).${attribute}`,
    ])
    expect(status).not.toBe(0)
    return stderr
  }
  const call = (folder: string, settings: string) =>
    `import ${folder}/lock2build ({ pkgs = import <nixpkgs> { }; } // ${settings})`

  const ms: TestPackage = { name: 'ms', version: '2.1.3' }
  const leftPad: TestPackage = { name: 'left-pad', version: '1.3.0' }

  test('only the sources of this system are inputs', async () => {
    const here = process.arch === 'x64' ? 'x86_64-linux' : 'aarch64-linux'
    const folder = project({
      packages: [
        ms,
        { name: 'here', version: '1.0.0', place: { systems: [here] } },
        { name: 'elsewhere', version: '1.0.0', place: { systems: ['x86_64-darwin'] } },
      ],
    })
    expect(Object.keys((await jobOf(folder, 'nodeModules')).sources)).toEqual(['here@1.0.0', 'ms@2.1.3'])
    const elsewhere = await store.evaluate(
      `builtins.attrNames (builtins.fromJSON (builtins.unsafeDiscardStringContext (import ${folder} { pkgs = import <nixpkgs> { system = "x86_64-darwin"; }; }).nodeModules.job)).sources`,
    )
    expect(elsewhere).toEqual(['elsewhere@1.0.0', 'ms@2.1.3'])
  })

  test('what is omitted is no input; devOptional goes only with both kinds', async () => {
    const folder = project({
      packages: [
        ms,
        { name: 'dev', version: '1.0.0', place: { flags: ['dev'] } },
        { name: 'optional', version: '1.0.0', place: { flags: ['optional'] } },
        { name: 'both', version: '1.0.0', place: { flags: ['devOptional'] } },
        { name: 'peer', version: '1.0.0', place: { flags: ['peer'] } },
      ],
    })
    const sources = async (settings: string) => Object.keys((await jobOf(folder, 'nodeModules', settings)).sources)
    expect(await sources('{ }')).toEqual(['both@1.0.0', 'dev@1.0.0', 'ms@2.1.3', 'optional@1.0.0', 'peer@1.0.0'])
    expect(await sources('{ dev = false; }')).toEqual(['both@1.0.0', 'ms@2.1.3', 'optional@1.0.0', 'peer@1.0.0'])
    expect(await sources('{ omit = [ "optional" ]; }')).toEqual(['both@1.0.0', 'dev@1.0.0', 'ms@2.1.3', 'peer@1.0.0'])
    expect(await sources('{ dev = false; omit = [ "optional" "peer" ]; }')).toEqual(['ms@2.1.3'])
  })

  test('without development dependencies the production tree is the same derivation', async () => {
    const drvs = (folder: string) =>
      store.evaluate(`let it = ${call(folder, '{ }')}; in [ it.nodeModules.drvPath it.nodeModules.production.drvPath ]`)
    const [all, production] = (await drvs(project({ packages: [ms] }))) as string[]
    expect(production).toBe(all)
    const [withDev, withoutDev] = (await drvs(
      project({ packages: [ms, { ...leftPad, place: { flags: ['dev'] } }] }),
    )) as string[]
    expect(withoutDev).not.toBe(withDev)
  })

  test('an edit of a source file rebuilds the package and not the dependencies; a manifest rebuilds both', async () => {
    const folder = project({ packages: [ms], files: { 'src/a.js': '1' } })
    const drvs = async () => [
      await store.instantiate(folder, 'nodeModules'),
      await store.instantiate(folder, 'package'),
    ]
    const [modules, application] = await drvs()
    appendFileSync(join(folder, 'src/a.js'), '2')
    const [sameModules, otherApplication] = await drvs()
    expect(sameModules).toBe(modules)
    expect(otherApplication).not.toBe(application)
    appendFileSync(join(folder, 'package.json'), ' ')
    expect(await store.instantiate(folder, 'nodeModules')).not.toBe(modules)
  })

  test('what is made from the sources, and the build files themselves, are no part of the application', async () => {
    const folder = project({ packages: [ms], files: { 'src/a.js': '1' } })
    const before = await store.instantiate(folder, 'package')
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/x/index.js'), '')
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git/HEAD'), '')
    appendFileSync(join(folder, 'default.nix'), '# a comment\n')
    expect(await store.instantiate(folder, 'package')).toBe(before)
    mkdirSync(join(folder, 'src/lock2build'))
    writeFileSync(join(folder, 'src/lock2build/a.js'), 'a directory of that name elsewhere is theirs')
    expect(await store.instantiate(folder, 'package')).not.toBe(before)
  })

  test('an override for a package that is not there is refused, with the names that are near', async () => {
    const folder = project({ packages: [ms, leftPad, { name: '@babel/core', version: '7.0.0' }] })
    const near = await failureOf(folder, '{ overrides.leftpad = { }; }')
    expect(near).toContain('overrides: no package is called "leftpad"; did you mean "left-pad"?')
    expect(await failureOf(folder, '{ overrides."@bable/core" = { }; }')).toContain('did you mean "@babel/core"?')
    const far = await failureOf(folder, '{ overrides.something-else-altogether = { }; }')
    expect(far).toContain('no package is called "something-else-altogether"')
    expect(far).not.toContain('did you mean')
    expect(await failureOf(folder, '{ overrides."ms@2.0.0" = { }; }')).toContain('no package is called "ms@2.0.0"')
  })

  test('a setting that does not exist is refused by name', async () => {
    const folder = project({ packages: [ms] })
    expect(await failureOf(folder, '{ overrides.ms.patch = [ ]; }')).toContain(
      'overrides."ms": "patch" is none of "src", "patches"',
    )
    expect(await failureOf(folder, '{ nodeJs = null; }')).toContain("unexpected argument 'nodeJs'")
  })

  test('python is there for packages that may compile something, and only then', async () => {
    const toolsOf = (folder: string) =>
      store.evaluate(`map (tool: tool.name) (${call(folder, '{ }')}).nodeModules.nativeBuildInputs`)
    expect(await toolsOf(project({ packages: [ms] }))).toEqual(['nodejs'])
    expect(await toolsOf(project({ packages: [{ ...ms, place: { scripts: true } }] }))).toEqual(['nodejs', 'python3'])
  })

  test('a kind of dependency that npm does not know cannot be omitted', async () => {
    const folder = project({ packages: [ms] })
    expect(await failureOf(folder, '{ omit = [ "devel" ]; }')).toContain('"devel" is none of "dev", "optional", "peer"')
  })

  test('derivations are named after the project, whatever it is called', async () => {
    const names = async (name: string, version: string) => {
      const folder = project({ manifest: { name, version }, packages: [] })
      return store.evaluate(`let it = ${call(folder, '{ }')}; in [ it.package.name it.nodeModules.name ]`)
    }
    expect(await names('@scope/app', '1.0.0-beta.1')).toEqual(['scope-app-1.0.0-beta.1', 'scope-app-node-modules'])
    expect(await names('..hidden', '1')).toEqual(['hidden-1', 'hidden-node-modules'])
    expect(await names('∀', '1')).toEqual(['project-1', 'project-node-modules'])
    expect(await names('x'.repeat(300), '1')).toEqual([`${'x'.repeat(100)}-1`, `${'x'.repeat(100)}-node-modules`])
  })

  test('an override by name and by name@version reaches the job; its inputs do not', async () => {
    const folder = project({ packages: [ms, leftPad] })
    const settings =
      '{ overrides = { ms = { scripts = false; buildInputs = [ ]; }; "left-pad@1.3.0".env = { A = 1; B = "b"; }; }; }'
    const { overrides } = await jobOf(folder, 'nodeModules', settings)
    expect(overrides).toEqual({ ms: { scripts: false }, 'left-pad@1.3.0': { env: { A: '1', B: 'b' } } })
  })

  test('a system that the spec was not made for is refused with what to type', async () => {
    const folder = project({ packages: [ms], systems: ['riscv64-linux'] })
    const said = await failureOf(folder, '{ }')
    expect(said).toContain('spec.json was made for "riscv64-linux"')
    expect(said).toContain('lock2build --system ')
  })

  test('a build script must exist unless it is the default', async () => {
    const folder = project({ manifest: { scripts: { compile: 'true' } } })
    expect((await jobOf(folder, 'package')).buildScript).toBeNull()
    expect((await jobOf(folder, 'package', '{ buildScript = "compile"; }')).buildScript).toBe('compile')
    expect(await failureOf(folder, '{ buildScript = "compil"; }', 'package.drvPath')).toContain(
      'has no script "compil"',
    )
  })

  test('a spec of another format, a path out of the project, an address with shell code are refused', async () => {
    const spec = (change: (spec: Record<string, unknown>) => void, content: TestProject) => {
      const made = writeNixProject(content)
      written.push(made)
      const text = structuredClone(made.spec) as unknown as Record<string, unknown>
      change(text)
      writeFileSync(join(made.folder, 'lock2build/spec.json'), JSON.stringify(text))
      return made.folder
    }
    const other = spec((it) => (it['lock2build'] = 2), { packages: [ms] })
    expect(await failureOf(other, '{ }')).toContain('has format 2')
    const outside = project({
      places: { 'node_modules/a': { source: 'a@1' } },
      sources: { 'a@1': { name: 'a.tgz', path: 'x/../../a.tgz' } },
    })
    expect(await failureOf(outside, '{ }')).toContain('"x/../../a.tgz" leaves the project')
    const shell = project({
      sources: {
        'a@1': {
          name: 'a',
          git: 'https://localhost/$(id)',
          rev: '0'.repeat(40),
          hash: 'sha256-' + 'A'.repeat(43) + '=',
        },
      },
      places: { 'node_modules/a': { source: 'a@1' } },
    })
    expect(await failureOf(shell, '{ }')).toContain('is not an address git should be given')
  })

  test('what stands beside the project is taken as far as its git repository, or its copy in the store, reaches', async () => {
    const around = mkdtempSync(join(tmpdir(), 'around-'))
    const place = (name: string, path: string) => {
      const made = project({
        places: { 'node_modules/a': { source: 'a@1' }, 'node_modules/b': { copy: dirname(path) } },
        sources: { 'a@1': { name: 'a.tgz', path } },
      })
      cpSync(made, join(around, 'repository', name), { recursive: true })
      return join(around, 'repository', name)
    }
    const near = place('near', '../libs/a.tgz')
    const far = place('far', '../../a.tgz')
    mkdirSync(join(around, 'repository/libs'))
    for (const path of ['a.tgz', 'repository/libs/a.tgz']) writeFileSync(join(around, path), 'a')
    expect(await failureOf(near, '{ }')).toContain('no git repository holds both')
    mkdirSync(join(around, 'repository/.git'))
    const { sources, directories } = await jobOf(near, 'nodeModules')
    expect(sources['a@1']).toMatch(/-a\.tgz$/)
    expect(directories['../libs']).toMatch(/-directory$/)
    expect(await failureOf(far, '{ }')).toContain('leaves the project, and no git repository')
    rmSync(join(around, 'repository/.git'), { recursive: true })
    const inStore = async (name: string) => {
      const [source, sources] = [join(around, 'repository'), 'nodeModules.job']
      const copy = `builtins.path { name = "repository"; path = ${source}; }`
      const call = `import "\${${copy}}/${name}/lock2build" { pkgs = import <nixpkgs> { }; }`
      return store.run('nix-instantiate', ['--eval', '--read-write-mode', '-E', `(${call}).${sources}`])
    }
    expect(await inStore('near')).toMatchObject({ status: 0, stdout: expect.stringContaining('-a.tgz') })
    expect((await inStore('far')).stderr).toContain('leaves the project, and no git repository')
    // A repository of its own ends at the project.
    mkdirSync(join(around, '.git'))
    mkdirSync(join(near, '.git'))
    expect(await failureOf(near, '{ }')).toContain('no git repository holds both')
  })

  test('strings of a lock file stay data', async () => {
    const hostile = [
      '${builtins.readFile "/etc/passwd"}',
      '"; builtins.abort "x',
      "'' + builtins.abort ''",
      'a\nb\r\tc\\"$',
      '__proto__',
      '\u001b[31m\u202e',
      '$(touch /tmp/lock2build-hostile)',
    ]
    const sources = Object.fromEntries(
      hostile.map((each, at) => [
        `p${at}@${each}`,
        { name: `p${at}.tgz`, urls: [`http://127.0.0.1:9/${each}`], hash: `sha256-${'A'.repeat(43)}=` },
      ]),
    )
    const folder = project({
      manifest: { name: hostile[0] ?? '', version: hostile[1] ?? '', bin: { [hostile[2] ?? '']: 'a.js' } },
      sources,
      places: Object.fromEntries(hostile.map((each, at) => [`node_modules/${each}`, { source: `p${at}@${each}` }])),
    })
    expect(Object.keys((await jobOf(folder, 'nodeModules')).sources)).toEqual(Object.keys(sources).sort())
    expect(await store.instantiate(folder, 'package')).toMatch(/^\/nix\/store\/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+\.drv$/)
    expect(await store.instantiate(folder, 'sources')).toMatch(/\.drv$/)

    const { stdout } = await store.run('nix-store', [
      '-q',
      '--references',
      await store.instantiate(folder, 'nodeModules'),
    ])
    const fetches = stdout.split('\n').filter((path) => /-p\d\.tgz\.drv$/.test(path))
    const urls = await Promise.all(
      fetches.map(async (path) => (await store.run('nix-store', ['-q', '--binding', 'url', path])).stdout),
    )
    expect(urls.sort()).toEqual(hostile.map((each) => `http://127.0.0.1:9/${each}\n`).sort())
  })

  test('every system of the spec evaluates', async () => {
    const folder = project({ packages: [ms] })
    const names = await store.evaluate(
      `map (system: (import ${folder} { pkgs = import <nixpkgs> { inherit system; }; }).package.system) ${nixList(allSystems)}`,
    )
    expect(names).toEqual(allSystems)
  })
})

function nixList(words: readonly string[]) {
  return `[ ${words.map((word) => JSON.stringify(word)).join(' ')} ]`
}
