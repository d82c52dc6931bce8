/** Calls of functions that build projects, as people write them: what becomes of their arguments. */
import { beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject, runProgram } from '../../support/cli.ts'
import { migrationReports } from '../../support/migration-report.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})
const { report, settingsOf } = migrationReports(() => program)
const run = (cwd: string) => runProgram(program, ['migrate'], { cwd })

describe('functions', () => {
  test('buildNpmPackage: what default.nix takes here is carried over, hashes are not needed', () => {
    const text = `{ lib, buildNpmPackage, pkg-config, vips, nodejs_22 }:
buildNpmPackage (finalAttrs: {
  pname = "app";
  version = "1.0.0";
  src = ./.;
  npmDepsHash = "sha256-x";
  nodejs = nodejs_22;
  npmBuildScript = "compile";
  npmFlags = [ "--legacy-peer-deps" ];
  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ vips ] ++ lib.optional true vips;
  postInstall = "mkdir $out/share";
  npmWorkspace = "packages/a";
})
`
    const { found, settings, remarks } = report({ 'package.nix': text })
    expect(found).toEqual([
      { tool: 'buildNpmPackage', what: 'a call of buildNpmPackage', file: 'package.nix', line: 2 },
    ])
    expect(settings.map(({ name, value }) => `${name} = ${value}`)).toEqual([
      'nodejs = pkgs.nodejs_22',
      'buildScript = "compile"',
      'npmFlags = [ "--legacy-peer-deps" ]',
      'nativeBuildInputs = with pkgs; [ pkg-config ]',
      'buildInputs = with pkgs; [ vips ] ++ lib.optional true vips',
    ])
    expect(remarks.map(({ message, line }) => `${line} ${message}`)).toEqual([
      '12 postInstall = "mkdir $out/share"',
      '13 npmWorkspace = "packages/a"',
    ])
  })

  test('a derivation with the hooks of nixpkgs: its node and its scripts, and what else it needs', () => {
    const text = `{ stdenv, pnpm_10, nodejs_22, pkg-config, makeWrapper }:
stdenv.mkDerivation (finalAttrs: {
  pname = "app";
  src = ./.;
  pnpmDeps = pnpm_10.fetchDeps { inherit (finalAttrs) pname version src; fetcherVersion = 2; hash = "sha256-x"; };
  nativeBuildInputs = [ nodejs_22 pnpm_10.configHook pkg-config ];
  buildPhase = "pnpm build";
})
`
    const { found, settings, remarks } = report({ 'package.nix': text })
    expect(found.map(({ what }) => what)).toEqual(['a call of stdenv.mkDerivation', 'a call of pnpm_10.fetchDeps'])
    expect(settings.map(({ name, value }) => `${name} = ${value}`)).toEqual([
      'nativeBuildInputs = with pkgs; [ pkg-config ]',
      'nodejs = pkgs.nodejs_22',
    ])
    expect(remarks.map(({ message }) => message)).toEqual(['buildPhase = "pnpm build"'])
    const plain = text.replace(' pkg-config ]', ' ]').replace(/ {2}buildPhase.*\n/, '')
    expect(report({ 'package.nix': plain })).toMatchObject({ remarks: [], settings: [{ name: 'nodejs' }] })
    expect(run(makeProject({ 'package.nix': text.replace(/ {2}pnpmDeps.*\n/, '') })).code).toBe(2)
  })

  test('what uses names, paths or interpolations of its file is not copied', () => {
    const text = `{ pkgs }: let mine = pkgs.vips; in pkgs.buildNpmPackage {
  src = ./frontend;
  buildInputs = [ mine ];
  nativeBuildInputs = [ (pkgs.callPackage ./x.nix { }) ];
  npmFlags = [ "--prefix=\${mine}" ];
}`
    const { settings, remarks } = report({ 'default.nix': text })
    expect(settings).toEqual([])
    expect(remarks.map(({ line }) => line)).toEqual([2, 3, 4, 5])
  })

  test.each([
    [
      'yarn2nix',
      'pkgs.mkYarnPackage { src = ./.; packageJSON = ./package.json; yarnLock = ./yarn.lock; yarnNix = ./yarn.nix; }',
    ],
    ['fetchers of nixpkgs', 'pkgs.fetchYarnDeps { yarnLock = ./yarn.lock; hash = "sha256-x"; }'],
    [
      'fetchers of nixpkgs',
      'pnpm_9.fetchDeps { inherit (finalAttrs) pname version src; hash = "sha256-x"; fetcherVersion = 2; }',
    ],
    ['npmlock2nix', 'npmlock2nix.v2.node_modules { src = ./.; }'],
    ['poetry2nix', 'poetry2nix.mkPoetryApplication { projectDir = self; preferWheels = true; }'],
    ['poetry2nix', 'mkPoetryEnv { projectDir = ./.; }'],
  ])('%s: a call with nothing special leaves no remark', (tool, text) => {
    const { found, remarks } = report({ 'nix/shell.nix': text.replaceAll('./.', '../.') })
    expect(found.map((each) => each.tool)).toEqual([tool])
    expect(remarks.filter(({ message }) => !message.startsWith('src') && !message.startsWith('projectDir'))).toEqual([])
  })

  test('poetry2nix: python, groups and extras are carried over, overrides are not', () => {
    const text = `mkPoetryEnv {
  projectDir = ./.;
  python = pkgs.python312;
  groups = [ "web" ];
  extras = [ "postgres" ];
  overrides = poetry2nix.overrides;
}`
    const { settings, remarks } = report({ 'default.nix': text })
    expect(settings.map(({ name, value }) => `${name} = ${value}`)).toEqual([
      'python = pkgs.python312',
      'groups = [ "web" ]',
      'extras = [ "postgres" ]',
    ])
    expect(remarks).toMatchObject([{ message: 'overrides = poetry2nix.overrides', line: 6 }])
  })

  test('poetry2nix: all extras, as it takes them where none is named; and an application has no groups here', () => {
    const files = { 'pyproject.toml': '[project]\nname = "a"\noptional-dependencies = { b = [], a = [] }\n' }
    const settings = (call: string) => settingsOf({ ...files, 'default.nix': call })
    expect(settings('mkPoetryApplication { projectDir = ./.; }')).toEqual(['extras = [ "a" "b" ]'])
    expect(settings('mkPoetryApplication { projectDir = ./.; extras = [ "*" ]; }')).toEqual(['extras = [ "a" "b" ]'])
    expect(settings('mkPoetryEnv { projectDir = ./.; extras = [ ]; }')).toEqual(['extras = [ ]'])
    const { remarks } = report({ 'default.nix': 'mkPoetryApplication { projectDir = ./.; groups = [ "web" ]; }' })
    expect(remarks.map(({ message }) => message)).toEqual(['groups = [ "web" ]'])
  })

  test('files that other tools wrote can go, and nothing below node_modules counts', () => {
    const yarnNix =
      '{ fetchurl, linkFarm }: rec {\n  offline_cache = linkFarm "offline" packages;\n  packages = [ ];\n}\n'
    const pypi =
      '# generated using pypi2nix tool (version: 2.0.4)\n# See more\nlet\n  python = pkgs.python37Full;\nin { }\n'
    const { found, removable } = report({
      'yarn.nix': yarnNix,
      'requirements.nix': pypi,
      'requirements_override.nix': 'self: super: { }\n',
      'requirements_frozen.txt': 'six==1.12.0\n',
      'node_modules/x/default.nix': 'buildNpmPackage { }',
    })
    expect(found.map(({ what }) => what)).toEqual(['generated by yarn2nix', 'generated by pypi2nix 2.0.4'])
    expect(removable).toEqual(['requirements.nix', 'requirements_frozen.txt', 'requirements_override.nix', 'yarn.nix'])
  })
})
