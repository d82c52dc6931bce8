import { expect, test } from 'vitest'
import type { TreeException } from '../../support/fidelity-compare.ts'
import { cellOf, readCells, writeCells } from '../../support/managers-table.ts'

const rows = {
  table: 'managers' as const,
  tools: ['yarn-1.22', 'pnpm-9.15'],
  projects: [
    { project: 'small', about: 'a few' },
    { project: 'large', about: 'many' },
  ],
}
const empty =
  'before\n\n<!-- managers: written by `node scripts/fidelity-managers.mjs --write`, checked by test/nix/fidelity-managers.test.ts -->\n<!-- /managers -->\n\nafter\n'
const notes: TreeException = { pattern: /\/notes$/, kind: 'missing', reason: 'its own notes' }
const bins: TreeException = { pattern: /\/\.bin\//, kind: 'content', reason: 'absolute paths' }

test('a result is put into the table that is there, and exceptions are numbered anew', () => {
  const first = cellOf({ files: 20, excepted: new Map([[notes, []]]) })
  const one = writeCells(empty, new Map([['pnpm-9.15/large', first]]), rows)
  const second = cellOf({
    files: 3,
    excepted: new Map([
      [bins, []],
      [notes, []],
    ]),
  })
  const both = writeCells(one, new Map([['yarn-1.22/small', second]]), rows)
  expect(readCells(both, 'managers')).toEqual(
    new Map([
      ['yarn-1.22/small', second],
      ['pnpm-9.15/large', first],
    ]),
  )
  expect(both).toContain('| `small` | a few | 3 (1, 2) |  |\n| `large` | many |  | 20 (2) |')
  expect(both).toContain('1. `/\\.bin/` (content): absolute paths.\n2. `/notes$` (missing): its own notes.')
  expect(both.startsWith('before\n')).toBe(true)
  expect(both.endsWith('\nafter\n')).toBe(true)
})

test('a project that is compared anew has its new result', () => {
  const cell = (files: number) => new Map([['yarn-1.22/small', { files, notes: [] }]])
  const twice = writeCells(writeCells(empty, cell(1), rows), cell(2), rows)
  expect(readCells(twice, 'managers')).toEqual(cell(2))
})

test('what is not compared has its reason', () => {
  const none = new Map([['pnpm-9.15/small', { files: undefined, notes: ['it does not run there.'] }]])
  const written = writeCells(empty, none, rows)
  expect(written).toContain('| `small` | a few |  | none (1) |')
  expect(written).toContain('1. it does not run there.')
  expect(readCells(written, 'managers')).toEqual(none)
})
