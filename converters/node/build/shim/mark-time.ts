/**
 * What scripts wrote, told from what was there before: by an entry's ctime, which no program can set. Everything that was there has an
 * earlier one than everything that is written later.
 */
import { lstatSync, utimesSync, writeFileSync } from 'node:fs'

/** A ctime that all entries which are there have at most, and all that are written from now on exceed. `file`: is made, beside them. */
export function markTime(file: string): bigint {
  writeFileSync(file, '')
  const touch = (): bigint => {
    utimesSync(file, 1, 1)
    return lstatSync(file, { bigint: true }).ctimeNs
  }
  const mark = touch()
  // Clocks of file systems go by steps of some milliseconds.
  while (touch() <= mark);
  return mark
}
