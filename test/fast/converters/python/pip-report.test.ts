import { expect, test } from 'vitest'
import { printReport } from '../../../../converters/python/resolve/pip-report.ts'
import { findScriptBlock } from '../../../../converters/python/resolve/script-block.ts'
import { pylock } from '../../../../converters/python/readers/pylock/pylock.ts'

const sha256 = 'a'.repeat(64)
const file = (name: string) => ({ url: `https://packages.example/${name}`, archive_info: { hashes: { sha256 } } })
const entry = (name: string, version: string, download: unknown, isDirect = false) => ({
  download_info: download,
  is_direct: isDirect,
  metadata: { name, version },
})
const report = JSON.stringify({
  environment: { python_version: '3.11', sys_platform: 'linux', platform_machine: 'x86_64' },
  install: [
    entry('app', '1.0', { url: 'file:///tmp/x/project', dir_info: {} }, true),
    entry('Flask_Thing', '3.0', file('Flask_Thing-3.0-py3-none-any.whl')),
    entry('docopt', '0.6.2', file('docopt-0.6.2.tar.gz')),
    entry('near', '1.0', { url: 'file:///tmp/x/project/libs/near', dir_info: {} }, true),
    entry('beside', '1.0', { url: 'file:///tmp/x/other%20libs/beside', dir_info: {} }, true),
    entry('direct', '2.0', file('direct-2.0.zip'), true),
    entry(
      'far',
      '1.0',
      {
        url: 'https://git.example/far.git',
        vcs_info: { vcs: 'git', commit_id: 'b'.repeat(40) },
        subdirectory: 'py',
      },
      true,
    ),
  ],
})

test("pip's report becomes a pylock.toml that is read again, without the project itself", () => {
  const text = printReport(report, { version: '25.0', directory: '/tmp/x/project' })
  const found = new Map([
    ['pylock.toml', text],
    ['libs/near/setup.py', ''],
    ['../other libs/beside/setup.py', ''],
  ])
  const files = { reach: 1, find: (path: string) => found.get(path), directories: () => [] }
  const { lock } = pylock.read({ file: 'pylock.toml', files, userConfig: [], environment: {} })
  expect(lock.python?.requires).toBe('==3.11.*')
  expect(
    [...lock.packages.values()].map(({ name, version, sources: [source] }) => [name, version, source.kind]),
  ).toEqual([
    ['beside', '1.0', 'local'],
    ['direct', '2.0', 'archive'],
    ['docopt', '0.6.2', 'archive'],
    ['far', '1.0', 'git'],
    ['flask-thing', '3.0', 'archive'],
    ['near', '1.0', 'local'],
  ])
  expect(text).toContain(`environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]`)
  expect(text).toContain('created-by = "pip 25.0, through lock2build"')
})

test('a report that is none is a problem with its place', () => {
  expect(() => printReport('{"install": [{"download_info": 1}]}', { version: '25.0', directory: '/' })).toThrow(
    /download_info|type/,
  )
})

test('the metadata of a script is what stands in its comments', () => {
  const block = '# /// script\n# dependencies = [\n#   "rich",\n# ]\n#\n# [tool.uv]\n# ///\n'
  const toml = 'dependencies = [\n  "rich",\n]\n\n[tool.uv]\n'
  expect(findScriptBlock(`#!/usr/bin/env python3\n${block}import rich\n`)).toBe(toml)
  expect(findScriptBlock(block.replaceAll('\n', '\r\n'))).toBe(toml.replaceAll('\n', '\r\n'))
  expect(findScriptBlock('# /// script\nimport sys\n# ///\n')).toBeUndefined()
  expect(findScriptBlock('# /// other\n# a = 1\n# ///\n')).toBeUndefined()
})
