/** `--no-binary` and `--only-binary`, as pip obeys them (pip, src/pip/_internal/models/format_control.py). */
import { normalizeName } from '../../standards/name.ts'

/** What kind of file may be installed. */
export type Form = 'wheel' | 'sdist'

const ALL = ':all:'

export class FormatControl {
  /** Names, or ALL. */
  readonly #only: Readonly<Record<Form, Set<string>>> = { wheel: new Set(), sdist: new Set() }

  /** `a,b`, `:all:`, or `:none:`, which forgets what was said before. The later option counts. */
  restrict(form: Form, value: string): void {
    const [own, other] = form === 'wheel' ? [this.#only.wheel, this.#only.sdist] : [this.#only.sdist, this.#only.wheel]
    for (const word of value.split(',').map((part) => part.trim())) {
      if (word === ':none:') own.clear()
      else if (word === ALL) {
        own.clear()
        other.clear()
        own.add(ALL)
      } else if (word !== '') {
        own.add(normalizeName(word))
        other.delete(normalizeName(word))
      }
    }
  }

  /** `name`: normalized. undefined: any. */
  formOf(name: string): Form | undefined {
    for (const word of [name, ALL]) {
      if (this.#only.wheel.has(word)) return 'wheel'
      if (this.#only.sdist.has(word)) return 'sdist'
    }
    return undefined
  }
}
