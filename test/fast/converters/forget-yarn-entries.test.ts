import { expect, test } from 'vitest'
import { forgetYarnEntries } from '../../../converters/node/resolve/tools/forget-yarn-entries.ts'

const head = '# yarn lockfile v1\n\n\n'
const ms = 'ms@^2.0.0, ms@2.1.3:\n  version "2.1.3"\n  resolved "https://packages.example/ms-2.1.3.tgz"\n'
const scoped = '"@a/ms@^1.0.0":\n  version "1.0.0"\n  dependencies:\n    ms "^2.0.0"\n'
const debug = 'debug@4:\n  version "4.3.0"\n'

test('the entries of the named packages are gone, and nothing else changes', () => {
  const text = `${head}${[scoped, debug, ms].join('\n')}`
  expect(forgetYarnEntries(text, ['ms'])).toBe(`${head}${[scoped, debug].join('\n')}`)
  expect(forgetYarnEntries(text, ['@a/ms', 'debug'])).toBe(`${head}${ms}`)
  expect(forgetYarnEntries(text, ['other'])).toBe(text)
})

test('a package under another name is known by both', () => {
  const alias = '"mine@npm:ms@^2.0.0":\n  version "2.1.3"\n'
  for (const name of ['mine', 'ms'])
    expect(forgetYarnEntries(`${head}${alias}\n${debug}`, [name])).toBe(`${head}${debug}`)
})
