/** `conditions: os=linux & cpu=x64 & libc=glibc` of an entry: where the package runs. */
import type { Condition } from '../../../../src/model/lock.ts'

/** undefined: it is not of the form that yarn writes, `(a | b) & c`. */
export function parseConditions(text: string): Condition | undefined {
  const words: { os?: string[]; cpu?: string[]; libc?: string[] } = {}
  for (const part of text.split('&')) {
    for (const term of part
      .trim()
      .replace(/^\((.*)\)$/s, '$1')
      .split('|')) {
      const [, not = '', key = '', value = ''] = /^(!?)(os|cpu|libc)=([A-Za-z0-9_!-]+)$/.exec(term.trim()) ?? []
      if (key !== 'os' && key !== 'cpu' && key !== 'libc') return undefined
      const list = (words[key] ??= [])
      list.push(`${not}${value}`)
    }
  }
  return { kind: 'platform', ...words }
}
