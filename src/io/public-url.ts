/** URLs in messages. */
import { shown } from '../problem.ts'

/** A URL as it may be shown: quoted, without credentials, query or fragment, where tokens travel. */
export function publicUrl(text: string): string {
  if (!URL.canParse(text)) return shown(text.replace(/[?#].*$/s, ''))
  const url = new URL(text)
  const query = url.search === '' ? '' : '?…'
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return shown(`${url.href}${query}`)
}
