/** Yarn 2 and later in Nix's sandbox, without a network: Plug'n'Play, files and directories of the project, an application. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareBerry, installBerry, lockBerry } from '../support/berry.ts'
import { narOf } from '../support/fidelity-embedded.ts'
import { buildWithNix, convert } from '../support/fidelity.ts'
import { buildManaged, useWorkshop } from '../support/managed-project.ts'
import { wrappyPatch } from '../support/managed-sources.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { getTool } from '../support/package-managers.ts'

describe.skipIf(!hasNix)('Yarn 4.9', () => {
  const tool = getTool('yarn-4.9')
  const workshop = useWorkshop()
  let store: NixStore
  beforeAll(() => {
    store = openStore()
  })
  afterAll(() => store.remove())

  test.each(['pnp', 'node-modules'] as const)(
    'makes the same tree there as embedded, and as by itself (%s)',
    async (linker) => {
      const project = await lockBerry(tool, dependencies, { linker })
      const { part } = await convert(project)
      const result = await buildWithNix(store, project, part)
      expect(compareBerry(await installBerry(tool, project), result, ['members/one']).differences).toEqual([])
      expect(await narOf(result)).toBe(await narOf(await buildManaged(workshop, tool, project)))
    },
  )

  test.each(['pnp', 'node-modules'] as const)(
    'builds an application whose program finds its packages (%s)',
    async (linker) => {
      const project = await lockBerry(tool, application, { linker })
      const { part } = await convert(project)
      const result = await buildWithNix(store, project, part, { attribute: 'package' })
      const file = join(project.folder, 'use.nix')
      writeFileSync(file, runInNix)
      expect(readFileSync(await store.build(file, 'ran'), 'utf8')).toBe('1 minute\n')
      expect(readdirSync(join(result, 'lib/node_modules/app/dist'))).toEqual(['app.js'])
    },
  )
})

/** Its interpreters are where Nix has them. */
const runInNix = `{ pkgs ? import <nixpkgs> { } }: let project = import ./. { inherit pkgs; }; in {
  ran = pkgs.stdenv.mkDerivation { name = "ran"; buildCommand = "\${project.package}/bin/app > $out"; };
}`

const dependencies = {
  'package.json': {
    name: 'dependencies',
    version: '1.0.0',
    private: true,
    workspaces: ['members/*'],
    dependencies: {
      copied: 'file:./libs/copied',
      portal: 'portal:./libs/portal',
      resolve: '1.22.8',
      wrappy: 'patch:wrappy@npm%3A1.0.2#./patches/wrappy.patch',
    },
    devDependencies: { esbuild: '0.21.5' },
  },
  'libs/copied/package.json': { name: 'copied', version: '1.0.0' },
  'libs/copied/run.js': '#!/usr/bin/env node\n',
  'libs/portal/package.json': { name: 'portal', version: '1.0.0', dependencies: { once: '1.4.0' } },
  'members/one/package.json': { name: 'one', version: '1.0.0', dependencies: { semver: '7.6.0', ms: '2.0.0' } },
  'patches/wrappy.patch': wrappyPatch,
}

const application = {
  'package.json': {
    name: 'app',
    version: '1.0.0',
    bin: './dist/app.js',
    scripts: { build: 'esbuild app.ts --outfile=dist/app.js --platform=node --format=cjs' },
    dependencies: { ms: '2.1.3' },
    devDependencies: { esbuild: '0.21.5' },
  },
  'app.ts': '#!/usr/bin/env node\nconst text: string = require("ms")(60000, { long: true })\nconsole.log(text)\n',
}
