/** An ecosystem's part of the last run's spec, read when somebody asks for it. Where there is none it is empty. */
import type { BuildSpec, SpecPart } from '../spec/build-spec.ts'

export class PreviousPart implements Pick<SpecPart, 'sources' | 'plan'> {
  readonly #previous: { readonly spec: BuildSpec | undefined }
  readonly #ecosystem: string
  // Asked for by every file of a lock file.
  #sources: SpecPart['sources'] | undefined
  #plan: SpecPart['plan'] | undefined

  constructor(previous: { readonly spec: BuildSpec | undefined }, ecosystem: string) {
    this.#previous = previous
    this.#ecosystem = ecosystem
  }

  get sources(): SpecPart['sources'] {
    return (this.#sources ??= this.#part()?.sources ?? {})
  }

  get plan(): SpecPart['plan'] {
    return (this.#plan ??= this.#part()?.plan ?? {})
  }

  #part(): SpecPart | undefined {
    const { spec } = this.#previous
    return spec !== undefined && Object.hasOwn(spec.ecosystems, this.#ecosystem)
      ? spec.ecosystems[this.#ecosystem]
      : undefined
  }
}
