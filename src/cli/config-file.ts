/**
 * Configuration as data: `lock2build.config.json`, or the `lock2build` key of package.json. Its schema is schema/config.json.
 * Nothing of it is ever run. A key that is not known is a problem: a misspelt setting must not be silently without effect.
 */
import type { ConfigText } from '../model/converter.ts'
import type { ProjectFiles } from '../model/world.ts'
import { recordOf } from '../model/sorted.ts'
import { fail, ProblemError, shown, type Problem } from '../problem.ts'
import { variableName } from '../spec/source-text.ts'
import { rootFields, type Fields } from '../text/fields.ts'
import type { TextDocument } from '../text/document.ts'
import { parseJson } from '../text/json-document.ts'
import { allOptions } from './options.ts'
import type { Settings } from './settings.ts'
import { findClosest } from './suggest.ts'

const CONFIG = 'lock2build.config.json'
const MANIFEST = 'package.json'
const KEY = 'lock2build'

/** Throws `config-invalid`, also when both places are used. */
export function readProjectConfig(files: ProjectFiles): Settings {
  const config = files.find(CONFIG)
  const inManifest = findInManifest(files)
  if (config === undefined) return inManifest ?? {}
  if (inManifest !== undefined) {
    fail({
      code: 'config-invalid',
      message: `${CONFIG} and the ${shown(KEY)} key of ${MANIFEST} both hold settings`,
      where: { file: CONFIG },
      hint: 'keep one of the two',
    })
  }
  const document = parseJson(config, { file: CONFIG, purpose: 'config' })
  return finish(document, rootFields(document))
}

/** The user's own file, which cannot say what is built. Throws `config-invalid`. */
export function readUserConfig({ file, text }: ConfigText): Settings {
  const document = parseJson(text, { file, purpose: 'config' })
  const fields = rootFields(document)
  if (fields?.has('env') === true) {
    const hint = `put it into the project: into ${CONFIG}, or under ${shown(KEY)} in ${MANIFEST}`
    fields.addProblem('config-invalid', 'what a project is built with is no setting of yours', { key: 'env', hint })
  }
  return finish(document, fields)
}

function findInManifest(files: ProjectFiles): Settings | undefined {
  const text = files.find(MANIFEST)
  // Most manifests do not name us: then it is left to the reader to parse it.
  if (text === undefined || !text.includes(`"${KEY}"`)) return undefined
  const document = parseJson(text, { file: MANIFEST, purpose: 'manifest' })
  const root = rootFields(document)
  if (root === undefined || !root.has(KEY)) return undefined
  return finish(document, root.object(KEY))
}

function finish(document: TextDocument, fields: Fields | undefined): Settings {
  const settings = fields === undefined ? {} : readFields(fields)
  const [first, ...rest] = document.problems
  if (first !== undefined) throw new ProblemError([asConfig(first), ...rest.map(asConfig)])
  return settings
}

/** In a manifest the document's own code speaks of the manifest; what is wrong here is a setting. */
function asConfig(problem: Problem): Problem {
  return { ...problem, code: 'config-invalid', where: problem.where, hint: problem.hint }
}

/** `env` is no option: it belongs to the project, not to a run. */
const keys = [...allOptions.flatMap((row) => row.setting ?? []), 'env']

function readFields(fields: Fields): Settings {
  for (const key of fields.keys()) if (!keys.includes(key) && key !== '$schema') refuseKey(fields, key)
  const settings = {
    lock: fields.text('lock'),
    omit: readOmit(fields),
    systems: fields.texts('systems'),
    registry: fields.text('registry'),
    flake: fields.boolean('flake'),
    usePackageManager: fields.boolean('usePackageManager'),
    offline: fields.boolean('offline'),
    env: readVariables(fields),
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function readOmit(fields: Fields): readonly string[] | undefined {
  const omit = fields.texts('omit')
  const choices = allOptions.find((row) => row.name === 'omit')?.choices ?? []
  const wrong = omit?.find((kind) => !choices.includes(kind))
  if (wrong !== undefined) {
    const hint = `it is a list of ${choices.join(', ')}`
    fields.addProblem('config-invalid', `${shown(wrong)} is nothing that can be left out`, { key: 'omit', hint })
  }
  return omit
}

/** By name; sorted when the spec is printed. */
function readVariables(fields: Fields): Settings['env'] {
  const env = fields.object('env')
  for (const name of env?.keys() ?? []) {
    if (env === undefined || variableName.test(name)) continue
    const isName = name !== '__proto__' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    env.addProblem(
      'config-invalid',
      isName ? `the build itself sets ${shown(name)}, or its tools` : `${shown(name)} is not the name of a variable`,
      {
        key: name,
        hint: isName
          ? 'take it out; what it is for may be said in the configuration of the tool that reads it'
          : 'letters, digits and _, and no digit at the beginning',
      },
    )
  }
  return env === undefined ? undefined : recordOf(env.entriesOfText())
}

function refuseKey(fields: Fields, key: string): void {
  const closest = findClosest(key, keys)
  const hint = closest === undefined ? `the settings are ${keys.join(', ')}` : `did you mean ${shown(closest)}?`
  fields.addProblem('config-invalid', `there is no setting ${shown(key)}`, { key, hint })
}
