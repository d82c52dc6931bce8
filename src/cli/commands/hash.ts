/** `lock2build hash`: a digest in other spellings, of a file's bytes, of a NAR, and the store path of a fixed output. */
import { resolve } from 'node:path'
import type { NarAlgorithm } from '../../digest/nar.ts'
import { isAlgorithm, parseDigest, printDigest, spellings, type Spelling } from '../../digest/spelling.ts'
import { fixedOutputPath, isStoreName } from '../../digest/store-path.ts'
import { fetchFileDigest } from '../../io/file-digest.ts'
import { narDigestOfTree } from '../../io/nar-tree.ts'
import type { Algorithm, Digest } from '../../model/digest.ts'
import { fail, shown } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'

export async function hash(invocation: Invocation): Promise<CommandResult> {
  const { digest, isNar } = await findDigest(invocation)
  const storePath = findStorePath(invocation, digest, isNar)
  const spelled = Object.fromEntries(spellings.map((spelling) => [spelling, printDigest(digest, spelling)]))
  const wanted = text(invocation, 'to')
  return {
    output: wanted === undefined ? printTable(digest, spelled, storePath) : `${spelled[wanted] ?? ''}\n`,
    json: () => ({ algorithm: digest.algorithm, ...spelled, ...(storePath === undefined ? {} : { storePath }) }),
  }
}

interface Found {
  readonly digest: Digest
  readonly isNar: boolean
}

async function findDigest(invocation: Invocation): Promise<Found> {
  const { directory, line, progress } = invocation
  const file = text(invocation, 'file')
  const nar = text(invocation, 'nar')
  const [typed] = line.operands
  if ([file, nar, typed].filter((each) => each !== undefined).length !== 1) {
    return fail({
      code: 'usage',
      message: 'name one thing to hash or convert',
      hint: 'type `lock2build hash sha256-…`, `--file FILE` or `--nar PATH`',
    })
  }
  progress.show('hashing')
  if (file !== undefined) {
    const path = file === '-' ? file : resolve(directory, file)
    return { digest: await fetchFileDigest(path, wantedAlgorithm(invocation)), isNar: false }
  }
  if (nar === undefined) return { digest: parseDigest(typed ?? '', askedAlgorithm(invocation)), isNar: false }
  return {
    digest: await narDigestOfTree(resolve(directory, nar), { algorithm: wantedAlgorithm(invocation) }),
    isNar: true,
  }
}

function findStorePath(invocation: Invocation, digest: Digest, isNar: boolean): string | undefined {
  const name = text(invocation, 'store-path')
  if (name === undefined) return undefined
  if (!isStoreName(name)) {
    fail({
      code: 'usage',
      message: `${shown(name)} is not a name the Nix store takes`,
      hint: 'use letters, digits and +-._?=; not a dot first, and not .drv last',
    })
  }
  return fixedOutputPath({ digest, name, recursive: isNar })
}

function printTable(digest: Digest, spelled: Readonly<Record<string, string>>, storePath: string | undefined): string {
  const row = (name: string, value: string) => `${name.padEnd(10)} ${value}\n`
  const rows = spellings.map((spelling: Spelling) => row(spelling, spelled[spelling] ?? ''))
  const end = storePath === undefined ? '' : row('store path', storePath)
  return `${row('algorithm', digest.algorithm)}${rows.join('')}${end}`
}

function askedAlgorithm(invocation: Invocation): Algorithm | undefined {
  const name = text(invocation, 'algorithm')
  return name !== undefined && isAlgorithm(name) ? name : undefined
}

function wantedAlgorithm(invocation: Invocation): NarAlgorithm {
  const asked = askedAlgorithm(invocation)
  return asked === undefined || asked === 'blake2b' ? 'sha256' : asked
}

function text({ line }: Invocation, name: 'to' | 'file' | 'nar' | 'algorithm' | 'store-path'): string | undefined {
  const value = line.values[name]
  return typeof value === 'string' ? value : undefined
}
