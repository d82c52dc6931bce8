/** The manifests that a resolution starts from: the project's and its workspace members', checked before anything is fetched. */
import type { ProjectFiles } from '../../../src/model/world.ts'
import { fail, failIfAny, shown } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'
import type { Ask } from '../readers/entry.ts'
import { placeOf, readManifest } from '../readers/manifest.ts'
import type { Manifest } from '../readers/manifest.ts'
import { findMembers } from '../readers/workspaces.ts'
import { parseSpec } from './npm-modules.ts'

export interface ProjectManifest extends Manifest {
  /** Its project-relative directory, '' for the project. */
  readonly path: string
}

/**
 * Throws `manifest-syntax`, and for every dependency that npm does not understand `source-unsupported`, `requirement-invalid` or
 * `name-invalid`.
 */
export function readManifests(files: ProjectFiles): readonly ProjectManifest[] {
  const project = readOne('', files)
  const members = findMembers(project.workspaces, files)
  const manifests = [project, ...members.map((path) => readOne(path, files))]
  failIfAny(manifests.flatMap((manifest) => manifest.asks.flatMap((ask) => checkAsk(manifest, ask))))
  return manifests
}

function readOne(path: string, files: ProjectFiles): ProjectManifest {
  const file = path === '' ? 'package.json' : `${path}/package.json`
  const text = files.find(file)
  if (text === undefined) return fail({ code: 'nothing-here', message: `there is no ${file}`, where: { file } })
  const document = parseJson(text, { file, purpose: 'manifest' })
  const fields = rootFields(document)
  const manifest = fields === undefined ? undefined : readManifest(fields, file)
  failIfAny(document.problems)
  if (manifest === undefined) throw new Error(`${file} is no object, and no problem was found`)
  return { ...manifest, path }
}

function checkAsk(manifest: ProjectManifest, { name, range }: Ask): readonly Problem[] {
  try {
    parseSpec.resolve(name, range)
    return []
  } catch (error) {
    return [{ ...specProblem(name, range, error), where: placeOf(manifest, name), cause: error }]
  }
}

/** What is wrong with a dependency that npm cannot parse. */
export function specProblem(name: string, range: string, error: unknown): Problem {
  const asked = shown(`${name}@${range}`)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EINVALIDPACKAGENAME') {
    return { code: 'name-invalid', message: `${shown(name)} cannot be the name of a package`, hint: 'correct the name' }
  }
  if (code === 'EUNSUPPORTEDPROTOCOL') {
    const protocol = /^[a-z+]+:/i.exec(range)?.[0] ?? ''
    const hint = hints[protocol.toLowerCase()] ?? 'write a range, a URL, or file: with a path'
    const message = `${asked} cannot be resolved by npm, which does not know ${shown(protocol)}`
    return { code: 'source-unsupported', message, hint }
  }
  const message = `${asked} is neither a range, nor a tag, nor a URL that npm understands`
  return {
    code: 'requirement-invalid',
    message,
    hint: 'correct it: "^1.2.3", "latest", "npm:name@^1.2.3", "file:path"',
  }
}

const OTHERS = 'name the package manager that does in package.json ("packageManager": "pnpm@10.0.0"), or write'

const hints: Readonly<Record<string, string>> = {
  'workspace:': `${OTHERS} the member's range: npm links members of a workspace by their names`,
  'catalog:': `${OTHERS} the range that stands in the catalog`,
  'link:': `${OTHERS} file: with the path`,
  'portal:': `${OTHERS} file: with the path`,
  'patch:': `${OTHERS} the range of what is patched`,
}
