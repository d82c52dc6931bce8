/** What a pyproject.toml says to PDM: `[project]`, groups of the standard and of `[tool.pdm]`, and its indexes. */
import type { PythonProject } from '../../../src/model/python.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { findAsk, kindOf, type Ask } from '../readers/ask.ts'
import { readIndexUrl } from '../readers/location.ts'
import { reportAt } from '../readers/packages.ts'
import type { Manifest } from '../readers/pyproject.ts'
import { PUBLIC_INDEX } from '../public-index.ts'
import { normalizeName } from '../standards/name.ts'

export interface PdmProject {
  readonly project: PythonProject
  readonly asks: readonly Ask[]
  /** The index of a package, by its normalised name. */
  readonly sources: (name: string) => string
}

/** Faults are collected in the manifest's document. */
export function readPdmProject({ project, asks, fields }: Manifest): PdmProject {
  const pdm = fields.object('tool')?.object('pdm')
  const old = pdm?.object('dev-dependencies')
  const oldGroups = (old?.keys() ?? []).map(normalizeName)
  const groups = [...new Set([...project.groups, ...oldGroups])].sort()
  return {
    project: {
      ...project,
      groups,
      // pdm install installs every one of them.
      defaultGroups: groups,
      ...(pdm?.boolean('distribution') === false ? { virtual: true } : {}),
    },
    asks: [...asks, ...(old?.keys() ?? []).flatMap((key) => (old === undefined ? [] : readGroup(old, key)))],
    sources: readSources(pdm),
  }
}

/** PEP 508 texts, and `-e file:///${PROJECT_ROOT}/lib#egg=name`. */
function readGroup(table: Fields, key: string): readonly Ask[] {
  const group = normalizeName(key)
  return (table.texts(key) ?? []).flatMap((text): readonly Ask[] => {
    const [, url, name] = /^-e\s+(\S*?)#egg=([\w.-]+)/.exec(text) ?? []
    if (url === undefined || name === undefined) return [findAsk(text, table, key, group) ?? []].flat()
    return [{ name: normalizeName(name), url, extras: [], group, kind: kindOf(group), where: table.where(key) }]
  })
}

/** `[[tool.pdm.source]]`: one that names the packages it is for, else the one that takes the place of the public index. */
function readSources(pdm: Fields | undefined): (name: string) => string {
  const sources = (pdm?.objects('source') ?? []).flatMap((source) => {
    const written = source.text('url')
    if (written === undefined || source.text('type') === 'find_links') return []
    // A user name that only stands for a variable is nobody's secret.
    const url = readIndexUrl(written.replace(/\/\/(?:\$\{\w+\}:?)+@/, '//'), reportAt(source, 'url'))
    const packages = source.texts('include_packages') ?? []
    return url === undefined ? [] : [{ url, name: source.text('name'), packages: packages.map(globOf) }]
  })
  const replaced = sources.find((source) => source.name === 'pypi') ?? (sources.length === 1 ? sources[0] : undefined)
  return (name) => {
    const own = sources.find(({ packages }) => packages.some((glob) => glob.test(name)))
    return own?.url ?? (replaced?.packages.length === 0 ? replaced.url : PUBLIC_INDEX)
  }
}

/** `torch*`, `foo-?` as an expression over a normalised name. */
function globOf(pattern: string): RegExp {
  const text = pattern.toLowerCase().replace(/[-_.]+/g, '-')
  const source = text
    .replace(/[^a-z0-9*?-]/g, '')
    .replace(/\*+/g, '[^]*')
    .replaceAll('?', '[^]')
  return new RegExp(`^${source}$`)
}
