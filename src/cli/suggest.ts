/** "Did you mean": the nearest known word, if it is near. */

/** At most two edits (insert, delete, replace, swap neighbours), and fewer than half of the word. */
export function findClosest(word: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const name of known) {
    const edits = countEdits(word, name)
    if (edits <= 2 && edits < name.length / 2 && (best === undefined || edits < best.edits)) best = { name, edits }
  }
  return best?.name
}

/** Optimal string alignment distance. Words longer than any of ours are not worth the work. */
function countEdits(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, isSwap ? at(i - 2, j - 2) + 1 : replaced))
    }
  }
  return at(a.length, b.length)
}
