import { describe, expect, test } from 'vitest'
import { noDifference, type Difference } from '../../../src/diff/difference.ts'
import { printMarkdown } from '../../../src/diff/print-markdown.ts'

const print = (difference: Partial<Difference>, title = 'main → HEAD') =>
  printMarkdown({ title, parts: [['node', { ...noDifference, ...difference }]] })

const added = (name: string) => ({ ecosystem: 'node', name, version: '1.0.0' })

describe('a difference as a comment of a pull request', () => {
  test('has a table, and what deserves a look before it', () => {
    const text = print({
      added: [added('kind-of')],
      removed: [added('gone')],
      updated: [{ ecosystem: 'node', name: '@s/a', from: '1.0.0', to: '2.0.0', step: 'major' }],
      downgraded: [{ ecosystem: 'node', name: 'b', from: '2.0.0', to: '1.0.0', step: 'major' }],
      moved: [{ ...added('m'), from: 'good.example', to: 'evil.example' }],
      integrity: [
        { ...added('left-pad'), kind: 'changed', from: 'sha512-x', to: 'sha512-y' },
        { ...added('lost'), kind: 'lost', from: 'sha512-x', to: '' },
        { ...added('git'), kind: 'commit', from: '1'.repeat(40), to: '2'.repeat(40) },
      ],
      other: ['lock file: npm-lock 2 → npm-lock 3'],
    })
    expect(text).toBe(`### main → HEAD

2 with another digest or none, 1 from elsewhere, 1 added, 1 removed, 1 updated, 1 downgraded, 1 at another commit

> [!CAUTION]
> \`left-pad 1.0.0\` is the same version and has another digest: \`sha512-x\` → \`sha512-y\`

> [!CAUTION]
> \`lost 1.0.0\` is the same version and has lost its digest: \`sha512-x\` → none

**From elsewhere than before**

| package | version | from | to |
|---|---|---|---|
| \`m\` | \`1.0.0\` | \`good.example\` | \`evil.example\` |

| package | from | to | change |
|---|---|---|---|
| \`@s/a\` | \`1.0.0\` | \`2.0.0\` | major |
| \`b\` | \`2.0.0\` | \`1.0.0\` | major **downgrade** |
| \`kind-of\` |  | \`1.0.0\` | added |
| \`gone\` | \`1.0.0\` |  | removed |
| \`git 1.0.0\` | \`111111111111\` | \`222222222222\` | commit |

- \`lock file: npm-lock 2 → npm-lock 3\`
`)
  })

  test('says that nothing differs', () => {
    expect(print({})).toBe('### main → HEAD\n\nNo differences.\n')
  })

  test('lets no name out of its cell', () => {
    const text = print({ added: [added('a|b`<img src=x>\n| @me |'), added('@team/x')] }, 'x`](y) <b>')
    expect(text).toContain('### x??(y) ?b?')
    expect(text).toContain('| `a\\|b?<img src=x>?\\| @me \\|` |  | `1.0.0` | added |')
    expect(text.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(4)
  })

  test('folds long tables, and fits into a comment whatever there is to say', () => {
    const many = Array.from({ length: 5000 }, (_, index) => added(`package-${index}`))
    expect(print({ added: many.slice(0, 30) })).toMatch(/<details><summary>30 packages<\/summary>[^]*<\/details>/)
    const text = print({ added: many })
    expect(text.length).toBeLessThan(65_000)
    expect(text).toMatch(/\n\n<\/details>\n\n… and more than fits into a comment: `lock2build diff` shows all\.\n$/)
  })
})
