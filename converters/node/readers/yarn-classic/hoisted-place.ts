/** What stands at one place of yarn's tree. */
import type { Spot } from './hoisting-spot.ts'
import type { NohoistRules } from './nohoist.ts'
import type { FoundPackage, YarnPackage } from './pattern.ts'

export class HoistedPlace<F extends FoundPackage = FoundPackage> {
  readonly pkg: YarnPackage<F>
  readonly spot: Spot<F>
  /** False: only what is not installed needs it. */
  isRequired: boolean
  /** The project itself asks for it. */
  readonly isDirect: boolean
  /** What it finds of what it needs, in the order of its dependencies. Only of places that are required. */
  needs: readonly HoistedPlace<F>[] = none
  readonly rules: NohoistRules | undefined
  /** Where it is installed, when that is known; undefined: nowhere. */
  path: string | undefined = undefined
  /** Which ways lead here from the project, when that is known. */
  ways = 0

  constructor(
    pkg: YarnPackage<F>,
    spot: Spot<F>,
    { isRequired, isDirect, rules }: Pick<HoistedPlace<F>, 'isRequired' | 'isDirect' | 'rules'>,
  ) {
    this.pkg = pkg
    this.spot = spot
    this.isRequired = isRequired
    this.isDirect = isDirect
    this.rules = rules
  }

  /** In whose node_modules it stands; undefined: the project's. */
  get parent(): HoistedPlace<F> | undefined {
    return this.spot.parent?.holder
  }

  get isNohoist(): boolean {
    return this.rules?.isNohoist === true
  }
}

const none: readonly never[] = []
