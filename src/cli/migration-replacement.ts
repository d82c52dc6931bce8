/** The default.nix that takes the place of another tool's: ours, with the settings that were carried over. */
import { projectDefault, SETTINGS } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import { carrySettings } from '../migration/carry-settings.ts'
import type { CarriedSetting } from '../model/migration.ts'

/** `ecosystems`: those that have a lock file. */
export function replacementText(
  settings: ReadonlyMap<string, readonly CarriedSetting[]>,
  ecosystems: readonly string[],
): string {
  const isSingle = ecosystems.length === 1
  let text = projectDefault(loadAssets(ecosystems.map((name) => `${name}/${SETTINGS}`)), ecosystems)
  for (const name of ecosystems) text = carrySettings(text, settings.get(name) ?? [], isSingle ? undefined : name)
  return text
}
