/** What a build asks of package.json: name, version, and which scripts there are. */
import { parseJson } from '../../src/text/json-document.ts'
import { rootFields } from '../../src/text/fields.ts'

export interface BuildManifest {
  readonly name: string | undefined
  readonly version: string | undefined
  /** Names of the scripts. */
  readonly scripts: ReadonlySet<string>
}

/** Throws `manifest-syntax`. */
export function readManifest(text: string, file: string): BuildManifest {
  const document = parseJson(text, { file, purpose: 'manifest' })
  const root = rootFields(document)
  const manifest = {
    name: root?.text('name'),
    version: root?.text('version'),
    scripts: new Set(root?.object('scripts')?.keys()),
  }
  document.failIfAny()
  return manifest
}
