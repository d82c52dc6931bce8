/**
 * Pipfile.lock, format 6 (https://github.com/sarugaku/plette). Flat: everything hangs from the project, `develop` and other categories
 * as groups. The Pipfile's hash tells whether it still belongs to it.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Edge, Lock } from '../../../../src/model/lock.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { fail, shown } from '../../../../src/problem.ts'
import { rootFields, type Fields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { parseToml } from '../../../../src/text/toml-document.ts'
import { hashPythonJson } from '../../python-json.ts'
import { isTable, member } from '../../table.ts'
import { normalizeName } from '../../standards/name.ts'
import { kindOf } from '../ask.ts'
import { findLocalProject, readLocalProjects } from '../local-projects.ts'
import { Packages } from '../packages.ts'
import { readEntries, type PipfileEntry } from './locked-packages.ts'

export const pipfileLock: LockReader = { read }

function read({ file, files }: ReadContext): ReadResult {
  const document = parseJson(files.find(file) ?? '', { file, purpose: 'lock', reach: files.reach })
  const fields = rootFields(document)
  const meta = fields?.object('_meta')
  if (fields === undefined || meta === undefined) {
    document.failIfAny()
    return fail({ code: 'lock-syntax', message: 'there is no _meta', where: { file }, hint: RELOCK })
  }
  checkVersion(meta)
  checkFreshness(meta, files)
  const packages = new Packages()
  const categories = fields.keys().filter((key) => key !== '_meta')
  const entries = categories.flatMap((category) => readEntries(fields, category, { meta, packages, files }))
  const groups = categories.filter((category) => category !== 'default').map(groupOf)
  document.failIfAny()
  const project = findLocalProject('', files)
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'pipfile-lock', version: '6', file },
    roots: [{ path: '', name: project?.name, version: project?.version, dependencies: entries.map(edgeOf) }],
    packages: packages.all,
    python: {
      ...requiresOf(meta),
      projects: new Map([
        ...readLocalProjects([...packages.all.values()], files),
        ['', { ...(project ?? { virtual: true }), groups: groups.sort(), extras: [], defaultGroups: [] }],
      ]),
    },
  }
  document.failIfAny()
  return { lock, warnings: [] }
}

const RELOCK = 'run pipenv lock'

/** Throws `lock-version`. */
function checkVersion(meta: Fields): void {
  const version = meta.raw('pipfile-spec')
  if (version === 6) return
  const message =
    version === undefined
      ? 'there is no pipfile-spec'
      : `version ${shown(String(version))} of the format is not known; known is 6`
  fail({ code: 'lock-version', message, where: meta.where('pipfile-spec'), hint: RELOCK })
}

/** `develop` is what Pipenv calls the packages of `[dev-packages]`. */
function groupOf(category: string): string {
  return category === 'develop' ? 'dev' : normalizeName(category)
}

function edgeOf({ pkg, category, marker, extras }: PipfileEntry): Edge {
  const group = category === 'default' ? undefined : groupOf(category)
  return {
    as: pkg.name,
    to: pkg.id,
    kind: kindOf(group),
    ...(group === undefined ? {} : { group }),
    ...(extras.length === 0 ? {} : { extras }),
    ...(marker === undefined ? {} : { marker }),
  }
}

/** The one Python that it was locked for. */
function requiresOf(meta: Fields): { readonly requires?: string } {
  const requires = meta.object('requires')
  const version = requires?.text('python_full_version') ?? requires?.text('python_version')
  return version === undefined || !/^\d+(?:\.\d+)*$/.test(version) ? {} : { requires: `==${version}.*` }
}

function checkFreshness(meta: Fields, files: ProjectFiles): void {
  const hash = meta.object('hash')?.text('sha256')
  const text = files.find('Pipfile')
  if (hash === undefined || text === undefined) return
  const pipfile = parseToml(text, { file: 'Pipfile', purpose: 'manifest' }).value
  if (pipfileHash(pipfile) === hash) return
  const message = 'Pipfile has been changed since this file was locked: its hash is another one'
  meta.addProblem('manifest-mismatch', message, { key: 'hash', hint: RELOCK })
}

/** plette, Pipfile.get_hash. */
function pipfileHash(pipfile: unknown): string {
  const own = new Set(['source', 'requires', 'packages', 'dev-packages', 'pipenv', 'scripts', 'default', 'develop'])
  const others = isTable(pipfile) ? Object.entries(pipfile).filter(([key]) => !own.has(key)) : []
  const content = {
    _meta: { sources: member(pipfile, 'source') ?? [defaultSource], requires: member(pipfile, 'requires') ?? {} },
    default: member(pipfile, 'packages') ?? {},
    develop: member(pipfile, 'dev-packages') ?? {},
    ...Object.fromEntries(others),
  }
  return hashPythonJson(content, 'compact')
}

const defaultSource = { url: 'https://pypi.org/simple', verify_ssl: true, name: 'pypi' }
