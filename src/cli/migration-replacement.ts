/** The default.nix that takes the place of another tool's: ours, with the settings that were carried over. */
import { collectionDefault, COLLECTION_USER, projectDefault, SETTINGS } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import { carrySettings } from '../migration/carry-settings.ts'
import type { CarriedSetting } from '../model/migration.ts'

type Settings = ReadonlyMap<string, readonly CarriedSetting[]>

/** `ecosystems`: those that have a lock file. */
export function projectReplacement(settings: Settings, ecosystems: readonly string[]): string {
  const isSingle = ecosystems.length === 1
  let text = projectDefault(loadAssets(ecosystems.map((name) => `${name}/${SETTINGS}`)), ecosystems)
  for (const name of ecosystems) text = carrySettings(text, settings.get(name) ?? [], isSingle ? undefined : name)
  return text
}

/** Settings of an ecosystem stand under its name: `node.nodejs = …;`. */
export function collectionReplacement(settings: Settings): string {
  const named = [...settings].flatMap(([ecosystem, list]) =>
    list.map((each) => ({ ...each, name: `${ecosystem}.${each.name}` })),
  )
  return carrySettings(collectionDefault(loadAssets([COLLECTION_USER])), named)
}
