/** `lock2build resolve` as its users run it, in projects of npm packages that a registry on loopback has. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeProject, startProgram, type Ran } from './cli.ts'
import { schemaFaults } from './json-schema.ts'
import { startRegistry, type LoopbackRegistry, type RegistryPackage } from './loopback-registry.ts'
import { emptyCache } from './registry-project.ts'

export const release = (name: string, version: string, more: object = {}, rest: Partial<RegistryPackage> = {}) => ({
  manifest: { name, version, ...more },
  ...rest,
})
export const packages: readonly RegistryPackage[] = [
  release('leaf', '1.0.0', { license: 'MIT' }, { published: '2024-01-01T00:00:00Z' }),
  release('leaf', '1.1.0', { license: 'MIT' }, { published: '2025-01-01T00:00:00Z', tags: ['next'] }),
  release('branch', '1.0.0', { dependencies: { leaf: '^1.0.0' } }),
  release('old-peer', '1.0.0', { peerDependencies: { host: '^1.0.0' } }),
  release('plugin', '1.0.0', { dependencies: { 'old-peer': '1.0.0' }, peerDependencies: { host: '^1.0.0' } }),
  release('host', '1.0.0'),
  release('host', '2.0.0'),
  release('wants-new', '1.0.0', { dependencies: { leaf: '^9.0.0' } }),
  release('wants-gone', '1.0.0', { dependencies: { gone: '*' } }),
  release('from-workspace', '1.0.0', { dependencies: { leaf: 'workspace:^' } }),
  release('maybe', '1.0.0', { optionalDependencies: { gone: '1.0.0', leaf: '^1.0.0' } }),
  release('loop-a', '1.0.0', { dependencies: { 'loop-b': 'npm:loop-b@1' } }),
  release('loop-b', '1.0.0', { dependencies: { 'loop-a': 'npm:loop-a@1', again: 'npm:loop-b@1' } }),
  release('scripted', '1.0.0', { scripts: { install: 'node -e 1', test: 'false' } }),
  release('@acme/tool', '1.0.0'),
]

const schema = JSON.parse(readFileSync(new URL('../../schema/report.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, unknown>
>

export interface Started {
  readonly cache?: string
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface Reported {
  readonly exitCode: number
  readonly problems: readonly { code: string; message: string; file?: string; key?: string; line?: number }[]
}

export interface ResolveRuns {
  readonly registry: LoopbackRegistry
  resolveIn(cwd: string, started?: Started): Promise<Ran>
  /** With `--json`, whose shape is checked. */
  problemsOf(cwd: string, started?: Started): Promise<Reported>
}

export async function startResolveRuns(program: string): Promise<ResolveRuns> {
  const registry = await startRegistry({ packages })
  const resolveIn: ResolveRuns['resolveIn'] = (cwd, { cache = emptyCache(), words = [], environment = {} } = {}) =>
    startProgram(program, ['resolve', '--registry', registry.url, ...words], {
      cwd,
      environment: { XDG_CACHE_HOME: cache, ...environment },
    })
  return {
    registry,
    resolveIn,
    problemsOf: async (cwd, started = {}) => {
      const { stdout, code } = await resolveIn(cwd, { ...started, words: ['--json', ...(started.words ?? [])] })
      const reported = JSON.parse(stdout) as Reported
      checkReport(reported)
      expect(reported.exitCode).toBe(code)
      return reported
    },
  }
}

export function checkReport(report: unknown): void {
  expect(schemaFaults(schema, report)).toEqual([])
}

export const manifest = (fields: object) => `${JSON.stringify({ name: 'app', version: '1.0.0', ...fields }, null, 2)}\n`

/** A project that asks for these, in package.json from line 5 on. */
export const project = (dependencies: object, more: Readonly<Record<string, string>> = {}) =>
  makeProject({ 'package.json': manifest({ dependencies }), ...more })

export interface WrittenLock {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export const lockOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as WrittenLock

/** `path version` of every entry of its lock file. */
export const placesOf = (folder: string) =>
  Object.entries(lockOf(folder).packages).map(([path, { version }]) => `${path} ${String(version)}`)

export const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
