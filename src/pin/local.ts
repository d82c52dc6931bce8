/** What is in the project needs no pin. An archive must be there, and be the one that the lock file names. */
import { printSri } from '../digest/sri.ts'
import type { Algorithm, Digest } from '../model/digest.ts'
import type { LocalSource } from '../model/source.ts'
import { fail, shown } from '../problem.ts'
import { type Fetched, type Step, type StepContext } from './step.ts'

export function pinLocal(source: LocalSource, context: StepContext): Step {
  switch (source.form) {
    case 'directory':
      return source
    case 'archive':
      return { kind: 'fetch', fetch: () => checkArchive(source, context) }
  }
}

async function checkArchive(source: LocalSource, { archives }: StepContext): Promise<Fetched> {
  const algorithms = [...new Set(source.digests.map((digest) => digest.algorithm))]
  const found = await archives.findDigests(source.path, algorithms)
  if (found === undefined) {
    fail({
      code: 'io',
      message: `the archive ${shown(source.path)} is not there`,
      hint: 'put the file back, or remove the dependency',
    })
  }
  for (const algorithm of algorithms) verify(source, algorithm, found)
  return { source, warnings: [] }
}

function verify({ path, digests }: LocalSource, algorithm: Algorithm, found: readonly Digest[]): void {
  const expected = digests.filter((digest) => digest.algorithm === algorithm)
  const actual = found.find((digest) => digest.algorithm === algorithm)
  if (actual !== undefined && expected.some((digest) => digest.hex === actual.hex)) return
  fail({
    code: 'integrity-mismatch',
    message: `${shown(path)} has ${actual === undefined ? 'no digest' : printSri(actual)}, but ${expected.map(printSri).join(' or ')} is expected`,
    hint: 'put the right file back; if the new one is right, lock the package again',
  })
}
