/** One version of a package on both sides: are its bytes the same, as far as can be told? */
import type { IntegrityChange } from './difference.ts'
import { COMMIT, type StatedDigest, type StatedSource } from './package-table.ts'

export type SourceFinding = Pick<IntegrityChange, 'kind' | 'file' | 'from' | 'to'>

export interface SourcesCompared {
  readonly findings: readonly SourceFinding[]
  /** Both sides have digests, and none of one kind: nothing can be said. */
  readonly isUnknown: boolean
  /** Files that only one side names, where both name theirs. */
  readonly moreFiles: number
  readonly fewerFiles: number
}

export function compareSources(before: readonly StatedSource[], after: readonly StatedSource[]): SourcesCompared {
  const old = filesByName(before)
  const now = filesByName(after)
  if (old !== undefined && now !== undefined) return compareFiles(old, now)
  const { finding, isUnknown } = compareOne(before, after)
  return { findings: finding === undefined ? [] : [finding], isUnknown, moreFiles: 0, fewerFiles: 0 }
}

type Files = ReadonlyMap<string, StatedSource>

/** undefined: some have no name, so that only all can be compared with all. */
function filesByName(sources: readonly StatedSource[]): Files | undefined {
  const files = new Map<string, StatedSource>()
  for (const source of sources) {
    if (source.file === undefined) return undefined
    files.set(source.file, source)
  }
  return files
}

function compareFiles(before: Files, after: Files): SourcesCompared {
  const findings: SourceFinding[] = []
  let isUnknown = false
  for (const [file, source] of before) {
    const now = after.get(file)
    if (now === undefined) continue
    const compared = compareOne([source], [now])
    if (compared.finding !== undefined) findings.push({ ...compared.finding, file })
    isUnknown ||= compared.isUnknown
  }
  const moreFiles = [...after.keys()].filter((file) => !before.has(file)).length
  const fewerFiles = [...before.keys()].filter((file) => !after.has(file)).length
  // Without a file in common it is as if the files had no names.
  const isOther = before.size === fewerFiles && before.size > 0 && after.size > 0
  if (isOther) findings.push({ kind: 'changed', from: [...before.keys()].join(', '), to: [...after.keys()].join(', ') })
  return { findings, isUnknown, moreFiles: isOther ? 0 : moreFiles, fewerFiles: isOther ? 0 : fewerFiles }
}

interface OneCompared {
  readonly finding: SourceFinding | undefined
  readonly isUnknown: boolean
}

/** Several on one side are alternatives: of each kind it is enough that one is on the other side, too. */
function compareOne(before: readonly StatedSource[], after: readonly StatedSource[]): OneCompared {
  const old = before.flatMap(({ digests }) => digests)
  const now = after.flatMap(({ digests }) => digests)
  const shared = kindsOf(old).filter((kind) => kindsOf(now).includes(kind))
  const other = shared.find((kind) => !ofKind(old, kind).some((text) => ofKind(now, kind).includes(text)))
  if (other !== undefined) {
    const [from, to] = [ofKind(old, other).join(' '), ofKind(now, other).join(' ')]
    return { finding: { kind: other === COMMIT ? 'commit' : 'changed', from, to }, isUnknown: false }
  }
  const step = strength(now) - strength(old)
  if (step === 0) return { finding: undefined, isUnknown: shared.length === 0 && old.length > 0 }
  return { finding: { kind: step < 0 ? 'lost' : 'gained', from: print(old), to: print(now) }, isUnknown: false }
}

function kindsOf(digests: readonly StatedDigest[]): readonly string[] {
  return [...new Set(digests.map(({ kind }) => kind))]
}

function ofKind(digests: readonly StatedDigest[], kind: string): readonly string[] {
  return digests.flatMap((digest) => (digest.kind === kind ? [digest.text] : []))
}

function strength(digests: readonly StatedDigest[]): number {
  if (digests.length === 0) return 0
  return digests.some(({ isStrong }) => isStrong) ? 2 : 1
}

function print(digests: readonly StatedDigest[]): string {
  return digests.map(({ text }) => text).join(' ')
}
