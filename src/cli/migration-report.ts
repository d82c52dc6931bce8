/** What a migration found and does, for people and for programs. */
import type { JsonObject } from '../model/json.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { Where } from '../problem.ts'
import type { ProjectMigration } from './migration.ts'
import { styled, type Line } from './printable.ts'

export interface MigrationReport {
  readonly migration: ProjectMigration
  /** undefined: nothing is to be written, or it cannot be said before there is a lock file. */
  readonly replacement: OutputFile | undefined
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

function replacementLines({ replacement, isWritten }: MigrationReport): readonly Line[] {
  if (replacement === undefined) return []
  if (isWritten) return [['written: ', styled('green', replacement.path)]]
  return [
    [`${replacement.path} would be:`],
    ...replacement.text
      .trimEnd()
      .split('\n')
      .map((text): Line => [`  ${text}`]),
  ]
}

function nextLines({ migration, replacement, hasLock, isWritten }: MigrationReport): readonly Line[] {
  const isReady = hasLock || migration.collection !== undefined
  const beside = stepsBeside(migration, replacement)
  const steps = isWritten
    ? ['lock2build build', ...beside]
    : [...(isReady ? [] : ['lock2build resolve']), 'lock2build migrate --write', 'lock2build build', ...beside]
  return [['next:'], ...steps.map((step): Line => ['  ', styled('bold', step)])]
}

/** Where a default.nix stands already: ours is tried beside it, or takes its place when it is out of the way. */
function stepsBeside({ collection, goes }: ProjectMigration, replacement: OutputFile | undefined): readonly string[] {
  if (replacement?.path === 'lock2build.nix')
    return ['nix-build lock2build.nix -A package', 'mv lock2build.nix default.nix']
  const isInTheWay = collection !== undefined && goes.includes('default.nix')
  return isInTheWay ? ['mv default.nix old.nix', 'lock2build   # writes default.nix'] : []
}

/** Members of the JSON report; see schema/report.json. */
export function migrationJson({ migration, replacement, isWritten }: MigrationReport): JsonObject {
  const { found, settings, remarks, goes, attributes, collection } = migration
  return {
    found: found.map(({ tool, what, where }) => ({ tool, what, ...placeJson(where) })),
    settings: [...settings].flatMap(([ecosystem, list]) =>
      list.map(({ name, value, where }) => ({ ecosystem, name, value, ...placeJson(where) })),
    ),
    remarks: remarks.map(({ message, hint, where }) => ({ message, hint, ...placeJson(where) })),
    attributes: attributes.map(([before, after]) => ({ before, after })),
    removable: goes,
    ...(collection === undefined ? {} : { collection: collection.file }),
    ...(replacement === undefined ? {} : { replacement: { path: replacement.path, text: replacement.text } }),
    written: isWritten,
  }
}

function placeJson({ file, line }: Where): JsonObject {
  return line === undefined ? { file } : { file, line }
}

function place({ file, line }: Where): string {
  return line === undefined ? file : `${file}:${line}`
}
