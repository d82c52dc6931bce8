/**
 * The order in which npm sorts paths: `localeCompare(…, 'en')`. Which of two packages gets a bin name depends on it, so it
 * is spelled out here for the characters of package names, and does not depend on the node's ICU.
 */

/** Unicode's default collation order (DUCET) of the punctuation in ASCII; digits and letters follow. */
const punctuation = '_-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$'

/** Compares like `a.localeCompare(b, 'en')` for ASCII text; other characters come last, by code unit. */
export function compareAsNpm(a: string, b: string): number {
  return compareBy(a, b, primary) || compareBy(a, b, upperCase)
}

function compareBy(a: string, b: string, weight: (code: number) => number): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = weight(a.charCodeAt(i)) - weight(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function primary(code: number): number {
  const isUpper = code >= 65 && code <= 90
  const isLetter = isUpper || (code >= 97 && code <= 122)
  if (isLetter) return 200 + (isUpper ? code + 32 : code)
  if (code >= 48 && code <= 57) return 100 + code
  const index = punctuation.indexOf(String.fromCharCode(code))
  return index === -1 ? 1000 + code : index + 1
}

/** Lower case before upper case, where nothing else differs. */
function upperCase(code: number): number {
  return code >= 65 && code <= 90 ? 1 : 0
}
