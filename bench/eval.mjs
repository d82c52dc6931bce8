// Evaluating 1,500 sources out of spec.json against the same sources as literal fetchurl calls: what nix-instantiate costs.
// nixpkgs' own fetchurl costs the same on both sides; the stand-in's is nearly free, so what is ours shows.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, ms, times, verdict } from './measure.mjs'

const COUNT = 1_500
// A median of a few runs is no finer than this.
const NOISE = 1.1
const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'bench-eval-'))

if (spawnSync('nix-instantiate', ['--version']).status === 0) compare()
else console.log('Nix is not installed: nothing to measure')

function compare() {
  const sources = makeSources()
  const ours = writeProject(sources)
  const literal = join(scratch, 'literal.nix')
  writeFileSync(literal, literalCalls(sources))
  const env = nixEnvironment()
  const instantiate = (file, attribute, store) => ({
    command: ['nix-instantiate', '--store', join(scratch, store), file, '-A', attribute],
    env,
  })
  const fresh = (candidate) => ({ ...candidate, before: () => removeStore(candidate.command[2]) })
  const result = measure({
    'spec.json, nodeModules': instantiate(ours, 'nodeModules', 'warm'),
    'spec.json, sources': instantiate(ours, 'sources', 'warm'),
    'literal calls': instantiate(literal, 'sources', 'warm'),
    'spec.json, sources, empty store': fresh(instantiate(ours, 'sources', 'first')),
    'literal calls, empty store': fresh(instantiate(literal, 'sources', 'second')),
  })
  console.log(`evaluating ${COUNT} sources (medians):`)
  for (const [name, { wall }] of Object.entries(result)) console.log(`  ${name}: ${ms(wall)}`)
  promise('nodeModules ÷ literal', result['spec.json, nodeModules'], result['literal calls'])
  promise('sources ÷ literal', result['spec.json, sources'], result['literal calls'])
}

function promise(what, ours, literal) {
  const ratio = ours.wall / literal.wall
  verdict(what, times(ratio), 'no slower: at most 1×, 10% noise', ratio <= NOISE)
}

function makeSources() {
  return Array.from({ length: COUNT }, (_, at) => {
    const name = `package-${at}`
    return {
      name,
      file: `${name}-1.0.${at}.tgz`,
      url: `https://registry.example.org/${name}/-/${name}-1.0.${at}.tgz`,
      hash: `sha512-${createHash('sha512').update(name).digest('base64')}`,
    }
  })
}

function writeProject(sources) {
  const folder = join(scratch, 'project')
  const assets = join(root, 'dist/assets')
  if (!existsSync(assets)) throw new Error('there is no dist/assets: run npm run build')
  mkdirSync(join(folder, 'lock2build'), { recursive: true })
  for (const file of ['default.nix', 'project.nix']) cpSync(join(assets, file), join(folder, 'lock2build', file))
  cpSync(join(assets, 'node'), join(folder, 'lock2build'), { recursive: true })
  writeFileSync(join(folder, 'default.nix'), 'import ./lock2build { }\n')
  writeFileSync(join(folder, 'package.json'), '{"name":"app","version":"1.0.0"}')
  const byKey = (value) => Object.fromEntries(sources.map((each) => value(each)))
  const node = {
    project: { name: 'app', version: '1.0.0' },
    lock: { file: 'package-lock.json', format: 'npm-lock', version: '3' },
    omit: [],
    sources: byKey(({ name, file, url, hash }) => [`${name}@1.0.0`, { name: file, urls: [url], hash }]),
    plan: {
      places: byKey(({ name }) => [`node_modules/${name}`, { source: `${name}@1.0.0` }]),
      local: { '': { name: 'app' } },
    },
  }
  const systems = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']
  writeFileSync(join(folder, 'lock2build/spec.json'), JSON.stringify({ lock2build: 1, systems, ecosystems: { node } }))
  return folder
}

/** What a generator of Nix code writes: one call per source, all of them linked in one directory. */
function literalCalls(sources) {
  const calls = sources.map(
    ({ name, file, url, hash }) => `    "${name}@1.0.0" = fetchurl {
      name = "${file}";
      urls = [ "${url}" ];
      hash = "${hash}";
    };\n`,
  )
  return `{ pkgs ? import <nixpkgs> { } }:
let
  inherit (pkgs) fetchurl;
  sources = {
${calls.join('')}  };
in
{
  sources = pkgs.stdenv.mkDerivation {
    name = "app-sources";
    links = builtins.concatStringsSep "" (map (file: "\${file} \${file.name}\\n") (builtins.attrValues sources));
    passAsFile = [ "links" ];
    buildCommand = "mkdir $out";
  };
}
`
}

function nixEnvironment() {
  const nixpkgs = join(scratch, 'nixpkgs')
  cpSync(join(root, 'test/support/nixpkgs'), nixpkgs, { recursive: true })
  writeFileSync(join(nixpkgs, 'host.json'), '{"nodejs":"/usr"}')
  return { NIX_PATH: `nixpkgs=${nixpkgs}`, NIX_CONFIG: 'build-users-group =\nsubstituters =\nfsync-metadata = false' }
}

function removeStore(folder) {
  spawnSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true, force: true })
}
