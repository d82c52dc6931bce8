/** Bun: of two packages with a program of the same name, the one that Bun links is linked. */
import { describe, expect, test } from 'vitest'
import { buns, lockBun, type BunProject } from '../support/bun.ts'
import { buildManaged, compareManaged, installManaged, useWorkshop } from '../support/managed-project.ts'

const workshop = useWorkshop()

describe.each(buns)('$name', (tool) => {
  // Isolated, older ones hoist a package and its alias to one path at the same time.
  test.each(tool.name === 'bun-1.4' ? ['hoisted', 'isolated'] : ['hoisted'])('links as it does, %s', async (linker) => {
    const files = { ...contested.files, 'bunfig.toml': `[install]\nlinker = "${linker}"\n` }
    const project = await lockBun(tool, { ...contested, files })
    const { files: count, differences } = compareManaged(
      tool,
      await installManaged(tool, project),
      await buildManaged(workshop, tool, project),
    )
    expect(differences).toEqual([])
    expect(count).toBeGreaterThan(100)
  })
})

const program = '#!/usr/bin/env node\n'

const contested: BunProject = {
  manifest: {
    name: 'project',
    version: '1.0.0',
    workspaces: ['members/*'],
    dependencies: {
      // `semver`: another name of it, and the one that node-abi needs.
      'node-abi': '3.65.0',
      zzz: 'npm:semver@5.7.0',
      // `mkdirp`, which a member has under another name.
      tar: '6.2.1',
      // `uuid`, and a member's.
      uuid: '9.0.1',
      // `nanoid`, and a member's.
      postcss: '8.4.38',
      // `rimraf`, and a directory's.
      rimraf: '5.0.7',
      lib: 'file:./lib',
      // `json5`, in the order of names.
      a_b: 'npm:json5@2.2.3',
      ab: 'npm:json5@2.2.2',
      // `acorn`, and that of a peer.
      bcorn: 'npm:acorn@8.12.0',
    },
    peerDependencies: { acorn: '8.11.0' },
  },
  files: {
    'lib/package.json': { name: 'lib', version: '1.0.0', bin: { rimraf: 'x.js' } },
    'lib/x.js': program,
    'members/first/package.json': {
      name: 'aam',
      version: '1.0.0',
      bin: { uuid: 'x.js' },
      dependencies: { yyy: 'npm:mkdirp@0.5.6', hf: 'npm:he@1.1.0' },
      peerDependencies: { he: '1.2.0' },
    },
    'members/first/x.js': program,
    'members/last/package.json': { name: 'zm', version: '1.0.0', bin: { nanoid: 'x.js' } },
    'members/last/x.js': program,
  },
}
