/** Whose business a project without a lock file is: of the package manager that it names, or whose own files stand there. */
import type { ResolverProject } from '../../../../src/model/resolver.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { findNamedManager, type ManagerWord } from '../../package-managers.ts'

/** Why it is this one's, as a part of a message; undefined: it is not. A name counts more than a file. Throws `manifest-syntax`. */
export function findManagerReason(word: ManagerWord, { files }: ResolverProject): string | undefined {
  const manifest = files.find('package.json')
  if (manifest === undefined) return undefined
  const named = findNamedManager({ files })
  if (named !== undefined) return named.word === word ? 'package.json names it' : undefined
  const shows = ownFiles.find(({ name }) => files.find(name) !== undefined)
  if (shows !== undefined) return shows.word === word ? `there is ${shows.name}` : undefined
  const fields = rootFields(parseJson(manifest, { file: 'package.json', purpose: 'manifest' }))
  return word === 'pnpm' && fields?.raw('pnpm') !== undefined ? 'package.json has settings of it' : undefined
}

/** Lock files first: a project that was locked before stays with who locked it. */
const ownFiles: readonly { readonly name: string; readonly word: ManagerWord }[] = [
  { name: 'npm-shrinkwrap.json', word: 'npm' },
  { name: 'package-lock.json', word: 'npm' },
  { name: 'pnpm-lock.yaml', word: 'pnpm' },
  { name: 'yarn.lock', word: 'yarn' },
  { name: 'bun.lock', word: 'bun' },
  { name: 'pnpm-workspace.yaml', word: 'pnpm' },
  { name: '.pnpmfile.cjs', word: 'pnpm' },
  { name: '.yarnrc.yml', word: 'yarn' },
  { name: '.yarnrc', word: 'yarn' },
  { name: 'bunfig.toml', word: 'bun' },
]
