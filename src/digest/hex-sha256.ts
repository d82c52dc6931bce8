/**
 * Digests that are read in hexadecimal and printed in base64, as those of Python's lock files: thousands in a run. A call of Buffer
 * costs more than the bytes of a hundred digests. So all that were read until one is printed become base64 together.
 */
import type { Digest } from '../model/digest.ts'

/** `hex`: 64 digits in lower case. */
export class HexSha256 implements Digest {
  readonly algorithm = 'sha256'
  readonly hex: string
  readonly #batch: Batch
  readonly #at: number

  constructor(hex: string) {
    if (batch.isPrinted) batch = new Batch()
    this.hex = hex
    this.#batch = batch
    this.#at = batch.add(hex)
  }

  /** `sha256-…`: canonical base64. */
  get sri(): string {
    return this.#batch.print(this.#at)
  }
}

class Batch {
  readonly #digests: string[] = []
  #base64: string | undefined

  get isPrinted(): boolean {
    return this.#base64 !== undefined
  }

  add(hex: string): number {
    return this.#digests.push(hex) - 1
  }

  print(at: number): string {
    // With a byte more each has 33 bytes, which are 44 characters: the last is of that byte alone, where `=` belongs.
    this.#base64 ??= Buffer.from(`${this.#digests.join('00')}00`, 'hex').toString('base64')
    return `sha256-${this.#base64.slice(at * 44, at * 44 + 43)}=`
  }
}

let batch = new Batch()
