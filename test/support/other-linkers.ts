/** The other way to lay packages out that some package managers have: what tells them to take it, and what may differ then. */
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { getTool, type PackageManagerTool } from './package-managers.ts'

const pnp = {
  settings: { '.yarnrc.yml': 'nodeLinker: pnp\n' },
  // Paths of the cache are a part of `.pnp.cjs`.
  env: { YARN_ENABLE_GLOBAL_CACHE: '0', YARN_CACHE_FOLDER: '.yarn/cache' },
}
const hoisted = { settings: { '.npmrc': 'node-linker=hoisted\n' } }
const isolated = { settings: { 'bunfig.toml': '[install]\nlinker = "isolated"\n' } }
const circles = (['extra', 'missing'] as const).map((kind) => ({
  pattern:
    /^node_modules\/\.bun\/(?:@eslint-community\+eslint-utils|schema-utils|minimizer-webpack-plugin)@[^/]+\/node_modules\/\.bin(?:\/(?:eslint|webpack))?$/,
  kind,
  reason:
    "of two packages that need each other, Bun links one's program for the other when it happens to be unpacked: 2 and 3 trees in 6 installs",
}))
const ownPrograms = {
  pattern: /^node_modules\/\.bun\/semver@7\.6\.3\/node_modules\/\.bin(?:\/semver)?$/,
  kind: 'extra' as const,
  reason:
    "Bun before 1.4.4 looks for a package's own programs under the name that the package was asked for by, and finds none where that is an alias",
}
const sameName = {
  pattern: /^node_modules\/\.bun\/node_modules\/(?:lodash|semver)$/,
  kind: 'link' as const,
  reason:
    'Bun before 1.4.4 hoists a package and the same package with an alias to one path at the same time: 11 and 14 of 25 installs',
  holds: isOtherVersion,
}
const lastHoisted = {
  pattern: /^node_modules\/\.bun\/node_modules\/[^.]/,
  kind: 'link' as const,
  reason: 'Bun before 1.3.2 hoists all versions of a package to one path at the same time: 4 trees in 5 installs',
  holds: isOtherVersion,
}
const programsOfMembers = {
  pattern: /(?:^|\/)node_modules\/\.bin\/[^/]+$/,
  kind: 'type' as const,
  reason:
    'pnpm 11 links a program of a member if its file may be executed, and writes a script if not: a file of the project, which the tree does not depend on, so it is always the script, and that starts both',
  holds: (expected: string, actual: string) =>
    !realpathSync(expected).includes('/node_modules/') && lstatSync(actual).isFile(),
}

/** Those of the tools that have another way to lay packages out, told to take that one; their lock files are the same. */
export const otherLinkers: readonly PackageManagerTool[] = [
  linkedBy('yarn-3.8', 'pnp', pnp),
  linkedBy('yarn-4.9', 'pnp', pnp),
  linkedBy('yarn-4.18', 'pnp', pnp),
  linkedBy('pnpm-8.15', 'hoisted', hoisted),
  linkedBy('pnpm-9.15', 'hoisted', hoisted),
  linkedBy('pnpm-10.34', 'hoisted', hoisted),
  linkedBy('pnpm-11.28', 'hoisted', {
    settings: { 'pnpm-workspace.yaml': 'nodeLinker: hoisted\n' },
    exceptions: [programsOfMembers],
  }),
  linkedBy('bun-1.2', 'isolated', {
    ...isolated,
    exceptions: [...circles, ownPrograms, lastHoisted],
  }),
  linkedBy('bun-1.3', 'isolated', { ...isolated, exceptions: [...circles, ownPrograms, sameName] }),
  linkedBy('bun-1.4', 'isolated', isolated),
]

function isOtherVersion(expected: string, actual: string): boolean {
  return existsSync(actual) && basename(readlinkSync(actual)) === basename(readlinkSync(expected))
}

type Other = Partial<Pick<PackageManagerTool, 'settings' | 'env' | 'exceptions'>>

function linkedBy(name: string, linker: string, { settings, env = {}, exceptions = [] }: Other): PackageManagerTool {
  const tool = getTool(name)
  return {
    ...tool,
    name: `${name}-${linker}`,
    caches: name,
    ...(settings === undefined ? {} : { settings }),
    env: { ...tool.env, ...env },
    exceptions: [...tool.exceptions, ...exceptions],
  }
}

/** One of these or of the others. */
export function getAnyTool(name: string): PackageManagerTool {
  return otherLinkers.find((one) => one.name === name) ?? getTool(name)
}
