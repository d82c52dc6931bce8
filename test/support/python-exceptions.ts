/** What may differ between an environment of ours and one that Python's package managers make, each with its reason. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { TreeException } from './fidelity-compare.ts'

const SITE = 'lib/python3\\.\\d+/site-packages'

/** In the order in which the page lists them. */
export const pythonExceptions: readonly TreeException[] = [
  {
    pattern:
      /^(?:lib64|include\/python3\.\d+|include|share|bin\/(?:[Aa]ctivate.*|𝜋thon|(?:de)?activate.*|pydoc\.bat))$/,
    kind: 'missing',
    reason: 'what venv and virtualenv put into every environment: scripts that set PATH, `lib64`, empty directories',
  },
  {
    pattern: new RegExp(
      `^(?:${SITE}/(?:_virtualenv\\.(?:py|pth)|__pycache__/_virtualenv.*)|\\.lock|CACHEDIR\\.TAG|\\.gitignore)$`,
    ),
    kind: 'missing',
    reason: 'notes of virtualenv and uv',
  },
  {
    pattern: /^src(?:\/.*)?$/,
    kind: 'missing',
    reason: 'checkouts that Poetry builds packages of git from, and leaves there',
  },
  {
    pattern: /^bin\/python[\d.]*$/,
    kind: 'link',
    reason: 'the interpreter is named by its real path, wherever PATH led',
  },
  {
    pattern: /^bin\/[^/]+$/,
    kind: 'content',
    reason:
      'programs find their interpreter beside themselves instead of naming it; what they import and call is compared',
    holds: isSameProgram,
  },
  {
    pattern: new RegExp(`^${SITE}/[^/]+\\.dist-info/(?:RECORD|INSTALLER)$`),
    kind: 'content',
    reason: 'RECORD lists what is there, INSTALLER says who installed it',
  },
  {
    pattern: new RegExp(`^${SITE}/[^/]+\\.dist-info/(?:REQUESTED|uv_cache\\.json|uv_build\\.json|direct_url\\.json)$`),
    kind: 'missing',
    reason: 'notes of pip and uv: what was asked for by name, where an archive lay on this machine',
  },
  {
    pattern: new RegExp(`^${SITE}/[^/]+\\.dist-info/direct_url\\.json$`),
    kind: 'content',
    reason: 'the same, printed another way, and with the hash of an archive where the tool leaves it out (uv)',
    holds: isSameJson,
  },
  {
    pattern: /(?:^|\/)__pycache__(?:\/[^/]+\.pyc)?$/,
    kind: 'extra',
    reason: 'modules are compiled when they are installed; these package managers leave that to the first run',
  },
  {
    pattern: /\/__pycache__\/[^/]+\.pyc$/,
    kind: 'content',
    reason: 'Pipenv compiles modules too, and its files hold the times of their sources',
  },
  {
    pattern: /\.so$/,
    kind: 'content',
    reason: 'compiled here: debugging information holds the directory of the build, and the build ID is made from it',
    holds: isSameWithoutDebugging,
  },
  {
    pattern: new RegExp(`^${SITE}/develop_\\w+\\.pth$`),
    kind: 'missing',
    reason: 'what is editable is installed as it is, where Poetry leaves the path of a directory',
  },
  {
    pattern: new RegExp(`^${SITE}/develop_\\w+\\.py$`),
    kind: 'extra',
    reason: 'the same: its modules instead of their path',
  },
  {
    pattern: new RegExp(`^${SITE}/develop_git-[^/]+\\.dist-info/direct_url\\.json$`),
    kind: 'content',
    reason: 'of an editable commit Poetry writes down its own checkout; here it is the commit that is installed',
  },
  {
    pattern: new RegExp(`^${SITE}/[^/]+\\.dist-info/METADATA$`),
    kind: 'content',
    reason: 'Poetry writes down where on this machine a directory stands that a directory needs',
    holds: isSameElsewhere,
  },
  {
    pattern: new RegExp(`^${SITE}/[^/]+\\.dist-info/RECORD$`),
    kind: 'mode',
    reason:
      'uv writes its list into the file that the wheel has, which may be executable; pip, Poetry and PDM make a new one',
  },
]

/** Of the environment of a package that pipx installed. */
export const pipxExceptions: readonly TreeException[] = [
  {
    pattern: new RegExp(`^(?:pipx_metadata\\.json|${SITE}/pipx_shared\\.pth)$`),
    kind: 'missing',
    reason: 'notes of pipx: what it was asked for, and where it keeps the pip that all its environments share',
  },
  {
    pattern: new RegExp(`^(?:bin/pip[\\d.]*|${SITE}/pip(?:-[^/]+\\.dist-info)?)(?:/|$)`),
    kind: 'extra',
    reason: 'a package that asks for pip itself: pipx counts the one that its environments share',
  },
  ...pythonExceptions,
]

/** First line, and the shell's one that follows where a first line is not enough. */
function isSameProgram(expected: string, actual: string): boolean {
  const [ours, theirs] = [actual, expected].map((path) => readFileSync(path, 'utf8'))
  return ours !== undefined && theirs !== undefined && isDeepStrictEqual(callOf(ours), callOf(theirs))
}

function callOf(text: string): readonly string[] {
  const body = text.replace(/^#![^\n]*\n(?:'''exec'[^\n]*\n' '''\n)?/, '')
  const imported = /^\s*from (\S+) import (\S+)$/m.exec(body)
  const called = /sys\.exit\((\S+)\(\)\)/.exec(body)
  return imported === null || called === null ? [body] : [imported[1] ?? '', imported[2] ?? '', called[1] ?? '']
}

function isSameJson(expected: string, actual: string): boolean {
  const [ours, theirs] = [actual, expected].map((path) => withoutOldHash(JSON.parse(readFileSync(path, 'utf8'))))
  // PEP 610 asks for the hash of an archive, where one is known.
  const isHashAdded = theirs?.archive_info !== undefined && theirs.archive_info['hashes'] === undefined
  return isDeepStrictEqual(isHashAdded ? { ...ours, archive_info: theirs.archive_info } : ours, theirs)
}

/** But for the directories that requirements name. */
function isSameElsewhere(expected: string, actual: string): boolean {
  const [ours, theirs] = [actual, expected].map((path) =>
    readFileSync(path, 'utf8').replaceAll(/^(Requires-Dist: \S+ @ file:\/\/).*\/([^/\n]+)$/gm, '$1$2'),
  )
  return ours === theirs
}

interface DirectUrl {
  readonly archive_info?: Readonly<Record<string, unknown>>
}

/** `hash` is the older spelling of `hashes`; some write both, some the younger one alone. */
function withoutOldHash(value: DirectUrl): DirectUrl {
  if (value.archive_info === undefined) return value
  const { hash, hashes, ...archive } = value.archive_info
  const [algorithm = '', hex] = typeof hash === 'string' ? hash.split('=') : []
  return {
    ...value,
    archive_info: { ...archive, hashes: hashes ?? (hash === undefined ? undefined : { [algorithm]: hex }) },
  }
}

function isSameWithoutDebugging(expected: string, actual: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'stripped-'))
  try {
    const [ours, theirs] = [actual, expected].map((path, at) => {
      const stripped = join(folder, String(at))
      execFileSync('objcopy', ['--strip-debug', '--remove-section=.note.gnu.build-id', path, stripped])
      return readFileSync(stripped)
    })
    return ours !== undefined && theirs !== undefined && ours.equals(theirs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
