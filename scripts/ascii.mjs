/**
 * The text of a script, escaped where esbuild's `charset: 'ascii'` is not: in regular expressions and comments. One other character
 * makes V8 read a file several times slower and keep it in twice the memory. (A raw template must not hold any: there it would be
 * another text.)
 */
export function ascii(text) {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
