/** Which lock files of a project count: found by name, in the registry's order. */
import { basename, dirname, join, relative } from 'node:path'
import { COLLECTION_FILE } from '../model/collection.ts'
import type { Ecosystem, LockFormat } from '../model/converter.ts'
import { lazy } from '../model/lazy.ts'
import { findStats } from '../io/inside.ts'
import { projectFiles } from '../io/project-files.ts'
import { findKind } from '../io/surroundings.ts'
import { fail, shown, type Problem } from '../problem.ts'
import { findClosestCommand } from './arguments.ts'

export interface FoundLock {
  readonly ecosystem: Ecosystem
  readonly format: LockFormat
  /** Project-relative. */
  readonly file: string
}

export interface DetectRequest {
  readonly directory: string
  readonly ecosystems: readonly Ecosystem[]
  /** `--lock`: the only one that counts in its ecosystem. */
  readonly lock: string | undefined
  /** Lock files that counted in the last run: they decide where several stand side by side. */
  readonly preferred?: readonly string[] | undefined
  /** Where to look instead of the disk: a revision. */
  readonly project?: ProjectView | undefined
}

/** Files by project-relative path. */
export interface ProjectView {
  has(path: string): boolean
  /** See ProjectFiles. */
  find(path: string): string | undefined
}

export interface Detected {
  readonly locks: readonly FoundLock[]
  readonly warnings: readonly Problem[]
}

/** Where a lock file stands that the project itself is not to have (`--no-write-lock`); one in the project counts before it. */
export const KEPT_ASIDE = 'lock2build/'

/** Lock files of package managers that are not read yet: worth a sentence, rather than "nothing here". */
const unreadable = ['deno.lock']

/** The list of packages counts where no lock file stands, or when it is typed. */
export function isCollection(request: DetectRequest): boolean {
  const { lock, ecosystems } = request
  if (lock !== undefined) return lock === COLLECTION_FILE
  const project = viewOf(request)
  const formats = ecosystems.flatMap((ecosystem) => ecosystem.formats).filter(({ isFallback }) => isFallback !== true)
  return project.has(COLLECTION_FILE) && !formats.some(({ files }) => files.some((file) => project.has(file)))
}

/** At least one, and one per ecosystem. Throws `nothing-here`, `lock-ambiguous`, `usage`. */
export async function findLocks(request: DetectRequest): Promise<Detected> {
  const { lock } = request
  const project = viewOf(request)
  if (lock !== undefined) return { locks: [findTyped(request, lock)], warnings: [] }
  const usual = await findAmong(request, (format) => format.isFallback !== true)
  const locks = usual.length > 0 ? usual : await findAmong(request, (format) => format.isFallback === true)
  const others = unreadable.filter((file) => project.has(file))
  if (locks.length === 0) failNothing(request, others)
  return { locks, warnings: others.map((file) => ignored(file, locks)) }
}

/** `typed`: the user's word for it, which may have been meant as a command. Throws `usage`. */
export function checkDirectory(directory: string, typed: string | undefined): void {
  const kind = findKind(directory)
  if (kind === 'directory') return
  const message = `${shown(typed ?? directory)} is ${kind === undefined ? 'neither a command nor a directory' : 'not a directory'}`
  const ofFile = kind === undefined ? undefined : 'name the directory that holds it, and `--lock FILE` to choose it'
  const hint = ofFile ?? findClosestCommand(typed ?? '') ?? 'type `lock2build --help` for the commands'
  fail({ code: 'usage', message, hint })
}

async function findAmong(
  request: DetectRequest,
  isWanted: (format: LockFormat) => boolean,
): Promise<readonly FoundLock[]> {
  const found = await Promise.all(request.ecosystems.map((ecosystem) => findInEcosystem(request, ecosystem, isWanted)))
  return found.flat()
}

async function findInEcosystem(
  request: DetectRequest,
  ecosystem: Ecosystem,
  isWanted: (format: LockFormat) => boolean,
): Promise<readonly FoundLock[]> {
  const { preferred } = request
  const project = viewOf(request)
  const formats = ecosystem.formats.filter(isWanted)
  const inProject = formats.flatMap((format) => format.files.find((name) => project.has(name)) ?? [])
  const files = inProject.length > 0 ? inProject : formats.flatMap((format) => findKeptAside(format, project))
  const found = [...new Set(files)].map((file) => foundLock(project, ecosystem, file))
  if (found.length < 2) return found
  const named = await findNamed(project, ecosystem)
  const counts = found.find(({ file }) => named?.includes(file)) ?? found.find(({ file }) => preferred?.includes(file))
  return counts === undefined ? failAmbiguous(found, ecosystem) : [counts]
}

function findKeptAside({ files }: LockFormat, project: ProjectView): readonly string[] {
  return files.map((name) => `${KEPT_ASIDE}${name}`).filter((file) => project.has(file))
}

/** The lock files that the manifest names, by naming a package manager. */
async function findNamed(project: ProjectView, { manifest }: Ecosystem): Promise<readonly string[] | undefined> {
  const text = project.find(manifest.file)
  return text === undefined ? undefined : manifest.findLockFiles?.(text)
}

function failAmbiguous(found: readonly FoundLock[], { manifest }: Ecosystem): never {
  const files = found.map(({ file }) => file)
  const names = manifest.naming === undefined ? '' : `, and ${manifest.file} names no package manager`
  fail({
    code: 'lock-ambiguous',
    message: `${files.join(' and ')} stand side by side${names}: which one counts?`,
    hint: `type ${files.map((file) => `\`lock2build --lock ${file}\``).join(' or ')}${manifest.naming === undefined ? '' : `, ${manifest.naming}`}, or remove the one that does not count`,
  })
}

/** `file`: project-relative, of a name that some format of the ecosystem has. */
function foundLock(project: ProjectView, ecosystem: Ecosystem, file: string): FoundLock {
  const formats = ecosystem.formats.filter(({ files }) => files.includes(basename(file)))
  const text = lazy(() => project.find(file) ?? '')
  const format = formats.find(({ recognizes }) => recognizes?.(text()) ?? true)
  if (format === undefined) throw new Error(`no format of ${ecosystem.name} takes ${file}`)
  return { ecosystem, format, file }
}

function findTyped(request: DetectRequest, lock: string): FoundLock {
  const { ecosystems } = request
  const project = viewOf(request)
  const name = basename(lock)
  const names = ecosystems.flatMap((ecosystem) => ecosystem.formats.flatMap((format) => format.files))
  const ecosystem = ecosystems.find(({ formats }) => formats.some(({ files }) => files.includes(name)))
  if (ecosystem === undefined) {
    fail({
      code: 'usage',
      message: `${shown(lock)} is not the name of a lock file that lock2build reads`,
      hint: `it reads ${names.join(', ')}`,
    })
  }
  if (!project.has(lock)) {
    fail({ code: 'usage', message: `there is no file ${shown(lock)}`, hint: 'its path is relative to the project' })
  }
  const found = foundLock(project, ecosystem, lock)
  // What a lock file says of directories begins at its own, beside its manifest.
  if (dirname(lock) !== '.' && found.format.isFallback !== true) {
    const message = `${shown(lock)} stands in another directory, and locks the project there`
    fail({ code: 'usage', message, hint: `type \`lock2build -C ${shown(dirname(lock))}\`` })
  }
  return found
}

function failNothing(request: DetectRequest, others: readonly string[]): never {
  const { directory, ecosystems } = request
  const project = viewOf(request)
  if (others.length > 0) {
    fail({
      code: 'nothing-here',
      message: `there is ${others.join(' and ')}, which lock2build cannot read yet`,
      hint: 'for a project of npm packages, `npm install --package-lock-only` writes a lock file that it can read',
    })
  }
  const above = findAbove(request)
  if (above !== undefined) {
    fail({
      code: 'nothing-here',
      message: `there is no lock file in ${shown(directory)}, but ${above.file} in ${shown(above.directory)}, above it`,
      hint: `type \`lock2build -C ${shown(relative(process.cwd(), above.directory) || '.')}\`: a workspace is locked, and built, as a whole`,
    })
  }
  for (const { manifest } of ecosystems) {
    const file = [manifest.file, ...(manifest.others ?? [])].find((name) => project.has(name))
    if (file === undefined) continue
    fail({
      code: 'nothing-here',
      message: `there is a ${file}, and no lock file beside it`,
      hint: `type \`lock2build --resolve\`, which makes one, or \`${manifest.lockCommand}\` and lock2build again`,
    })
  }
  const names = ecosystems.flatMap((ecosystem) => ecosystem.formats.flatMap((format) => format.files))
  return fail({
    code: 'nothing-here',
    message: `there is no lock file in ${shown(directory)}`,
    hint: `go to a directory with ${names.join(' or ')}, or name one: \`lock2build DIR\``,
  })
}

/** A member of a workspace has its lock file above it, in the same repository, and a manifest of the same ecosystem. */
function findAbove({ directory, ecosystems, project }: DetectRequest): { directory: string; file: string } | undefined {
  const reach = project === undefined ? (projectFiles(directory).reach ?? 0) : 0
  const here = viewOf({ directory, ecosystems, lock: undefined })
  const asked = ecosystems.filter(({ manifest }) => here.has(manifest.file))
  const files = asked.flatMap(({ formats }) =>
    formats.flatMap((format) => (format.isFallback === true ? [] : format.files)),
  )
  for (let count = 1; count <= reach; count += 1) {
    const above = join(directory, ...Array<string>(count).fill('..'))
    const file = files.find((name) => findStats(join(above, name)) !== undefined)
    if (file !== undefined) return { directory: above, file }
  }
  return undefined
}

function ignored(file: string, locks: readonly FoundLock[]): Problem {
  const read = locks.map((lock) => lock.file).join(', ')
  return {
    code: 'lock-ambiguous',
    message: `it stands beside ${read} and is not read: make sure that ${read} is the one that counts`,
    where: { file },
    hint: `remove it, or type \`--lock ${locks[0]?.file ?? ''}\` to say so`,
  }
}

function viewOf({ directory, project }: DetectRequest): ProjectView {
  const onDisk = (file: string) => findStats(join(directory, file)) !== undefined
  return project ?? { has: onDisk, find: (file) => projectFiles(directory).find(file) }
}
