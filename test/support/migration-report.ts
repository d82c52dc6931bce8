/** What `lock2build migrate --json` says of a project of npm with further files. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { makeProject, npmProject, runProgram } from './cli.ts'
import { schemaFaults } from './json-schema.ts'

export const reportSchema = JSON.parse(
  readFileSync(new URL('../../schema/report.json', import.meta.url), 'utf8'),
) as Record<string, unknown>

export interface MigrationReport {
  readonly found: readonly {
    readonly tool: string
    readonly what: string
    readonly file: string
    readonly line: number
  }[]
  readonly settings: readonly { readonly name: string; readonly value: string }[]
  readonly remarks: readonly { readonly message: string; readonly file: string; readonly line?: number }[]
  readonly removable: readonly string[]
  readonly list?: { readonly path: string; readonly text: string }
  readonly replacement?: { readonly path: string; readonly text: string }
  readonly untouched: readonly { readonly tool: string; readonly what: string; readonly file: string }[]
}

type Files = Readonly<Record<string, string>>

export function migrationReports(program: () => string) {
  const lock = npmProject({ ms: '2.1.3' })
  const report = (files: Files): MigrationReport => {
    const { code, stdout } = runProgram(program(), ['migrate', '--json'], { cwd: makeProject({ ...lock, ...files }) })
    expect(code).toBe(0)
    const value = JSON.parse(stdout) as MigrationReport
    expect(schemaFaults(reportSchema, value)).toEqual([])
    return value
  }
  const settingsOf = (files: Files) => report(files).settings.map(({ name, value }) => `${name} = ${value}`)
  return { report, settingsOf }
}
