/** npm's spellings of a git commit. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findGitSpec } from '../../../converters/node/git-spec.ts'

const rev = '0123456789abcdef0123456789abcdef01234567'
const github = 'https://github.com/u/r.git'

describe('what git fetches', () => {
  test.each([
    ['github:u/r', github],
    ['u/r', github],
    ['git+ssh://git@github.com/u/r.git', github],
    ['git+ssh://git@github.com:u/r.git', github],
    ['git@github.com:u/r.git', github],
    ['ssh://git@github.com/u/r.git', github],
    ['git://github.com/u/r.git', github],
    ['git+http://github.com/u/r.git', github],
    ['git+https://github.com/u/r', github],
    ['https://github.com/u/r', github],
    ['https://github.com/u/r.git', github],
    ['gitlab:g/s/r', 'https://gitlab.com/g/s/r.git'],
    ['bitbucket:u/r', 'https://bitbucket.org/u/r.git'],
    ['gist:u/0123abc', 'https://gist.github.com/0123abc.git'],
    ['git+ssh://git@git.sr.ht/~u/r', 'https://git.sr.ht/~u/r'],
    ['git+https://h.example/r.git', 'https://h.example/r.git'],
    ['git+http://h.example/r.git', 'http://h.example/r.git'],
    ['git://h.example/r.git', 'git://h.example/r.git'],
    ['git+ssh://git@h.example/r.git', 'ssh://git@h.example/r.git'],
    ['git+ssh://git@h.example:2222/r.git', 'ssh://git@h.example:2222/r.git'],
    ['git+ssh://git@h.example:u/r.git', 'git@h.example:u/r.git'],
  ])('%s is fetched from %s', (text, url) => {
    expect(findGitSpec(`${text}#${rev}`)).toMatchObject({ url, rev, hasCredentials: false })
  })

  test.each([
    '1.2.3',
    '^1.0.0',
    'latest',
    'npm:ms@2.0.0',
    'file:../x',
    'https://h.example/a.tgz',
    'https://github.com/u/r/archive/v1.tar.gz',
    'https://codeload.github.com/u/r/tar.gz/abc',
    'ftp://h.example/r.git',
    './a/b',
    '@s/a',
  ])('%s is no git commit', (text) => {
    expect(findGitSpec(text)).toBeUndefined()
  })
})

describe('what stands behind the #', () => {
  test('a full commit, and a directory', () => {
    expect(findGitSpec(`u/r#${rev}::path:packages/a`)).toMatchObject({ rev, subdir: 'packages/a' })
    expect(findGitSpec(`u/r#path:/a::${rev}`)).toMatchObject({ rev, subdir: 'a' })
  })

  test.each(['', '#', '#main', '#v1.0.0', '#semver:^1.0.0', `#${rev.slice(1)}`, `#${rev.toUpperCase()}`])(
    '%j is no full commit',
    (fragment) => {
      expect(findGitSpec(`github:u/r${fragment}`)?.rev).toBeUndefined()
    },
  )
})

test('npm’s own spelling is the ssh one for public hosts, and the given one for others', () => {
  expect(findGitSpec(`u/r#${rev}`)?.canonical).toBe(`git+ssh://git@github.com/u/r.git#${rev}`)
  expect(findGitSpec(`git+https://h.example/r.git#${rev}`)?.canonical).toBe(`git+https://h.example/r.git#${rev}`)
})

test('tokens and passwords are noticed, a user name of ssh is none', () => {
  expect(findGitSpec(`git+https://token@github.com/u/r#${rev}`)?.hasCredentials).toBe(true)
  expect(findGitSpec(`git+https://u:p@h.example/r#${rev}`)?.hasCredentials).toBe(true)
  expect(findGitSpec(`git+ssh://git:p@h.example/r#${rev}`)?.hasCredentials).toBe(true)
  expect(findGitSpec(`git+ssh://git@h.example/r#${rev}`)?.hasCredentials).toBe(false)
})

test('no text gives a URL that git could take for an option', () => {
  const part = fc.constantFrom(
    '-',
    '--upload-pack=x',
    'git@',
    'h.example',
    ':',
    '/',
    'u/r',
    '#',
    rev,
    'git+ssh://',
    'ext::',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      expect(findGitSpec(parts.join(''))?.url.startsWith('-') ?? false).toBe(false)
    }),
    { numRuns: 2000, examples: [[['-', 'git@', 'h.example', ':', 'u/r']]] },
  )
})
