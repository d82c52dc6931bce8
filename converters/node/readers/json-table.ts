/** stand-in */
import type { Problem, Where } from '../../../src/problem.ts'

export interface Table {
  readonly where: Where
  keys(): readonly string[]
  has(key: string): boolean
  isText(key: string): boolean
  isTable(key: string): boolean
  whereOf(key: string): Where
  text(key: string): string | undefined
  number(key: string): number | undefined
  flag(key: string): boolean
  list(key: string): readonly string[]
  texts(key: string): readonly (readonly [string, string])[]
  table(key: string): Table | undefined
  requiredTable(key: string): Table | undefined
}

interface Options {
  readonly report: (problem: Problem) => void
  readonly manifest: boolean
}

export function parseTable(text: string, file: string, options: Options): Table {
  return new JsonTable(JSON.parse(text) as Record<string, unknown>, { file }, options.report)
}

class JsonTable implements Table {
  constructor(
    private o: Record<string, unknown>,
    readonly where: Where,
    private report: (p: Problem) => void,
  ) {}
  keys() {
    return Object.keys(this.o)
  }
  has(k: string) {
    return Object.hasOwn(this.o, k)
  }
  get(k: string) {
    return Object.hasOwn(this.o, k) ? this.o[k] : undefined
  }
  isText(k: string) {
    return typeof this.get(k) === 'string'
  }
  isTable(k: string) {
    const v = this.get(k)
    return typeof v === 'object' && v !== null && !Array.isArray(v)
  }
  whereOf(k: string): Where {
    const step = /^[A-Za-z_][A-Za-z0-9_]*$/.test(k) ? k : `[${JSON.stringify(k)}]`
    const base = this.where.key ?? ''
    return { file: this.where.file, key: base === '' || step.startsWith('[') ? base + step : `${base}.${step}` }
  }
  bad(k: string, want: string) {
    this.report({ code: 'lock-type', message: `expected ${want}`, where: this.whereOf(k) })
  }
  text(k: string) {
    const v = this.get(k)
    if (v === undefined) return undefined
    if (typeof v === 'string') return v
    this.bad(k, 'a string')
    return undefined
  }
  number(k: string) {
    const v = this.get(k)
    if (v === undefined) return undefined
    if (typeof v === 'number') return v
    this.bad(k, 'a number')
    return undefined
  }
  flag(k: string) {
    const v = this.get(k)
    if (v === undefined) return false
    if (typeof v === 'boolean') return v
    this.bad(k, 'a boolean')
    return false
  }
  list(k: string) {
    const v = this.get(k)
    if (v === undefined) return []
    if (Array.isArray(v) && v.every((x) => typeof x === 'string')) return v as string[]
    this.bad(k, 'a list')
    return []
  }
  texts(k: string) {
    if (!this.has(k)) return []
    const t = this.table(k)
    return (t?.keys() ?? []).flatMap((n) => {
      const x = t?.text(n)
      return x === undefined ? [] : [[n, x] as const]
    })
  }
  table(k: string) {
    if (!this.has(k)) return undefined
    if (!this.isTable(k)) {
      if (Array.isArray(this.get(k))) return undefined
      this.bad(k, 'an object')
      return undefined
    }
    return new JsonTable(this.get(k) as Record<string, unknown>, this.whereOf(k), this.report)
  }
  requiredTable(k: string) {
    if (!this.has(k)) {
      this.bad(k, 'an object')
      return undefined
    }
    return this.table(k)
  }
}
