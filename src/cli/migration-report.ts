/** What a migration found and does, for people and for programs. */
import type { JsonObject } from '../model/json.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { Where } from '../problem.ts'
import { BESIDE } from './expression-file.ts'
import type { ForeignUse } from './foreign-tools.ts'
import type { ProjectMigration } from './migration.ts'
import { styled, type Line } from './printable.ts'

/** What is to be written. */
export interface MigrationFiles {
  /** Of a collection, unless it is there already: packages.json. */
  readonly list?: OutputFile | undefined
  /** default.nix, or what is tried beside one that is there. undefined: without a lock file it cannot be said. */
  readonly expression?: OutputFile | undefined
}

export interface MigrationReport {
  readonly migration: ProjectMigration
  readonly files: MigrationFiles
  readonly untouched: readonly ForeignUse[]
  readonly hasLock: boolean
  readonly isWritten: boolean
}

export function migrationLines(report: MigrationReport): readonly Line[] {
  const { found, settings, remarks, goes, attributes } = report.migration
  const carried = [...settings.values()].flat()
  const tools = [...new Set(found.map(({ tool }) => tool))]
  return [
    [styled('bold', tools.join(', '))],
    ...found.map(({ where, what }): Line => ['  ', styled('dim', place(where)), ` ${what}`]),
    ...(carried.length === 0 ? [] : [['carried over to default.nix:'] as Line]),
    ...carried.map(({ name, value, where }): Line => [`  ${name} = ${value};`, styled('dim', `  # ${place(where)}`)]),
    ...(remarks.length === 0 ? [] : [['not carried over:'] as Line]),
    ...remarks.flatMap(({ where, message, hint }): Line[] => [
      ['  ', styled('dim', place(where)), ` ${message}`],
      ['    ', styled('dim', hint)],
    ]),
    ...(attributes.length === 0 ? [] : [['what it is called now:'] as Line]),
    ...attributes.map(([before, after]): Line => [`  ${before} → ${after}`]),
    ...replacementLines(report),
    ...nextLines(report),
    ...(goes.length === 0
      ? []
      : [['can go when the new build works; nothing was removed:'] as Line, [`  ${goes.join(' ')}`] as Line]),
  ]
}

function replacementLines({ files, isWritten }: MigrationReport): readonly Line[] {
  return [files.list, files.expression].flatMap((file) => (file === undefined ? [] : fileLines(file, isWritten)))
}

function fileLines({ path, text }: OutputFile, isWritten: boolean): readonly Line[] {
  if (isWritten) return [['written: ', styled('green', path)]]
  return [
    [`${path} would be:`],
    ...text
      .trimEnd()
      .split('\n')
      .map((text): Line => [`  ${text}`]),
  ]
}

function nextLines(report: MigrationReport): readonly Line[] {
  const { migration, hasLock, isWritten } = report
  const isCollection = migration.collection !== undefined
  const build = isCollection ? 'lock2build build -A NAME' : 'lock2build build'
  const steps = [
    ...(hasLock || isCollection ? [] : ['lock2build resolve']),
    ...(isWritten ? [] : ['lock2build migrate --write']),
    build,
    ...stepsBeside(report),
  ]
  return [['next:'], ...steps.map((step): Line => ['  ', styled('bold', step)])]
}

/** Where a default.nix stands already, ours is tried beside it, and then takes its place. */
function stepsBeside({ migration, files }: MigrationReport): readonly string[] {
  if (files.expression?.path !== BESIDE) return []
  const attribute = migration.collection === undefined ? 'package' : 'packages.NAME'
  return [`nix-build ${BESIDE} -A ${attribute}`, `mv ${BESIDE} default.nix`]
}

/** Members of the JSON report; see schema/report.json. */
export function migrationJson({ migration, files, untouched, isWritten }: MigrationReport): JsonObject {
  const { found, settings, remarks, goes, attributes, collection } = migration
  const { list, expression } = files
  return {
    found: found.map(({ tool, what, where }) => ({ tool, what, ...placeJson(where) })),
    settings: [...settings].flatMap(([ecosystem, list]) =>
      list.map(({ name, value, where }) => ({ ecosystem, name, value, ...placeJson(where) })),
    ),
    remarks: remarks.map(({ message, hint, where }) => ({ message, hint, ...placeJson(where) })),
    attributes: attributes.map(([before, after]) => ({ before, after })),
    removable: goes,
    ...(collection === undefined ? {} : { collection: collection.file }),
    ...(list === undefined ? {} : { list: fileJson(list) }),
    ...(expression === undefined ? {} : { replacement: fileJson(expression) }),
    untouched: untouched.map(({ tool, what, where }) => ({ tool, what, ...placeJson(where) })),
    written: isWritten,
  }
}

function fileJson({ path, text }: OutputFile): JsonObject {
  return { path, text }
}

function placeJson({ file, line }: Where): JsonObject {
  return line === undefined ? { file } : { file, line }
}

function place({ file, line }: Where): string {
  return line === undefined ? file : `${file}:${line}`
}
