import { createHash } from 'node:crypto'
import { printSri } from '../../../src/digest/sri.ts'
import type { Algorithm } from '../../../src/model/digest.ts'
import type { BuildSpec } from '../../../src/spec/build-spec.ts'

/** Some digest as SRI text: the same for the same text. */
export function sampleSri(algorithm: Algorithm, text = 'x'): string {
  return printSri({ algorithm, hex: createHash(algorithm).update(text).digest('hex') })
}

/** A small spec with every kind of source and place. */
export const sampleSpec: BuildSpec = {
  lock2build: 1,
  systems: ['aarch64-darwin', 'x86_64-linux'],
  ecosystems: {
    node: {
      project: { name: '@scope/app', version: '1.2.3' },
      lock: { file: 'package-lock.json', format: 'npm-lock', version: '3' },
      omit: ['peer'],
      env: { NODE_OPTIONS: '--max-old-space-size=4096', VITE_TITLE: 'it\'s "$HOME"\n${x}', _: '' },
      sources: {
        'ms@2.1.3': {
          name: 'ms-2.1.3.tgz',
          urls: ['https://registry.example/ms/-/ms-2.1.3.tgz'],
          hash: sampleSri('sha512'),
        },
        'old@0.1.0': {
          name: 'old-0.1.0.tgz',
          urls: ['https://registry.example/old/-/old-0.1.0.tgz', 'http://127.0.0.1:4873/old-0.1.0.tgz?a=%20#b'],
          hash: sampleSri('sha256'),
          claim: sampleSri('sha1'),
        },
        'pinned@1.0.0#git': {
          name: 'pinned-0123456',
          git: 'https://git.example/pinned.git',
          rev: '0123456789abcdef0123456789abcdef01234567',
          hash: sampleSri('sha256', 'tree'),
          subdir: 'packages/pinned',
        },
        'vendored@2.0.0': { name: 'vendored-2.0.0.tgz', path: 'vendor/vendored 2.0.0.tgz', hash: sampleSri('sha1') },
        'loose@1.0.0': { name: 'loose.tgz', path: 'loose.tgz' },
      },
      plan: {
        places: {
          'node_modules/ms': { source: 'ms@2.1.3' },
          'node_modules/old': {
            source: 'old@0.1.0',
            flags: ['dev', 'optional'],
            systems: ['x86_64-linux'],
            engines: { node: '>=18' },
            takes: ['node_modules/ms'],
            scripts: true,
          },
          'node_modules/old/node_modules/inner': { bundled: true },
          'node_modules/pinned': {
            source: 'pinned@1.0.0#git',
            resolved: 'git+ssh://git@git.example/pinned.git',
            from: 'x',
          },
          'node_modules/member': { link: 'packages/member' },
        },
        local: {
          '': { name: '@scope/app', version: '1.2.3', needs: ['packages/member'] },
          'packages/member': { workspace: true },
        },
        conditions: 'from-manifests',
        legacyPeerDeps: true,
      },
    },
  },
}
