/** What `add`, `remove` and `update` share: a collection is opened, and converted with another packages.json, or with newer packages. */
import { ecosystems } from '../../converters/index.ts'
import type { NameOf } from '../collection/edit-collection.ts'
import { projectFiles } from '../io/project-files.ts'
import { loadOwnUserConfig } from '../io/user-config.ts'
import { COLLECTION_FILE, type Tools } from '../model/collection.ts'
import { fail } from '../problem.ts'
import type { CommandResult, Invocation } from './commands.ts'
import { convert, type ConvertOptions } from './commands/convert.ts'
import { loadCollection, type LoadedCollection } from './derive-collection.ts'
import { checkDirectory, isCollection } from './detect.ts'
import { asConversion } from './ensure-converted.ts'
import { findPreviousSpec } from './previous-spec.ts'
import { readSettings } from './settings.ts'

/** Throws `usage` where there is a project, and `nothing-here` where there is nothing. */
export async function openCollection(
  { directory }: Invocation,
  { mustExist }: { readonly mustExist: boolean },
): Promise<LoadedCollection> {
  checkDirectory(directory, undefined)
  const files = projectFiles(directory)
  const isThere = files.find(COLLECTION_FILE) !== undefined
  if (isThere && isCollection({ directory, ecosystems, lock: undefined })) return loadCollection(files)
  const manifest = ecosystems.map((each) => each.manifest.file).find((file) => files.find(file) !== undefined)
  if (isThere || manifest !== undefined) {
    const message = `this directory is a project (${isThere ? 'it has a lock file' : manifest}), and no collection of packages`
    fail({
      code: 'usage',
      message,
      hint: 'go to a directory of its own; a project gets packages by its package manager',
    })
  }
  if (mustExist) {
    fail({
      code: 'nothing-here',
      message: `there is no ${COLLECTION_FILE}`,
      hint: 'type `lock2build add NAME`, which writes one',
    })
  }
  return loadCollection(files)
}

/** Keys that are no names are nobody's. */
export function namerOf(tools: ReadonlyMap<string, Tools>): NameOf {
  return (ecosystem, text) => {
    const [key = text, range = '*'] = tools.get(ecosystem)?.split(text) ?? []
    const request = tools.get(ecosystem)?.read(key, range)
    return request === undefined || 'code' in request ? text : request.name
  }
}

/** Everything that is not typed is as in the last run. */
export function convertEdited(
  invocation: Invocation,
  edit: Pick<ConvertOptions, 'collection' | 'refresh' | 'before'>,
): Promise<CommandResult> {
  const { line, environment, directory } = invocation
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const again = asConversion(invocation, settings, findPreviousSpec(files).spec)
  const { 'dry-run': isDry, verbose, flake } = line.values
  const typed = Object.fromEntries(
    Object.entries({ 'dry-run': isDry, verbose, flake }).filter(([, value]) => value !== undefined),
  )
  return convert({ ...again, line: { ...again.line, operands: [], values: { ...again.line.values, ...typed } } }, edit)
}
