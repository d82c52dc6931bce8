/** Patches of the project, against those that git writes. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { array, assert, boolean, constantFrom, dictionary, pre, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyPatch, type PatchableFile } from '../../../converters/node/build/shim/archive/patch.ts'

type Texts = Readonly<Record<string, string>>

function filesOf(texts: Texts): Map<string, PatchableFile> {
  return new Map(Object.entries(texts).map(([path, text]) => [path, { mode: 0o644, content: Buffer.from(text) }]))
}

function textsOf(files: ReadonlyMap<string, PatchableFile>): Texts {
  return Object.fromEntries([...files].map(([path, { content }]) => [path, content.toString('utf8')]))
}

function diff(before: Texts, after: Texts): string {
  const dir = mkdtempSync(join(tmpdir(), 'patch-'))
  for (const [side, texts] of Object.entries({ a: before, b: after })) {
    mkdirSync(join(dir, side))
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(dir, side, path)), { recursive: true })
      writeFileSync(join(dir, side, path), text)
    }
  }
  const args = ['-c', 'core.quotePath=false', 'diff', '--no-index', '--no-color', '--no-renames', 'a', 'b']
  const { stdout } = spawnSync('git', args, { cwd: dir, encoding: 'utf8' })
  rmSync(dir, { recursive: true })
  // git says `a/a/x` for a directory that is itself called a.
  return stdout.replace(/^((?:diff --git|---|\+\+\+).*)$/gm, (line) => line.replaceAll(/\b([ab])\/[ab]\//g, '$1/'))
}

function patched(before: Texts, patch: string): Texts {
  const files = filesOf(before)
  applyPatch(files, patch, 'The patch of x')
  return textsOf(files)
}

const line = constantFrom('a', 'b', 'c', '', '  indented', 'end', 'ümlaut', '@@ -1 +1 @@', '--- x', '+++ y', 'd\r')
const text = tuple(array(line, { maxLength: 40 }), boolean()).map(([lines, isClosed]) => {
  const whole = lines.join('\n')
  return isClosed && whole !== '' ? `${whole}\n` : whole
})
const tree = dictionary(constantFrom('one.js', 'lib/two.js', 'three'), text, { maxKeys: 3 })

describe('a patch', () => {
  test('makes of the old files what git compared them with', () => {
    assert(
      property(tree, tree, (before, after) => {
        const patch = diff(before, after)
        pre(patch !== '')
        expect(patched(before, patch)).toEqual(after)
      }),
      { numRuns: 150 },
    )
  })

  const before = { 'index.js': 'one\ntwo\nthree\n' }
  const patch = diff(before, { 'index.js': 'one\n2\nthree\n' })

  test('fits although lines were added above', () => {
    expect(patched({ 'index.js': `zero\n0\n${before['index.js']}` }, patch)).toEqual({
      'index.js': 'zero\n0\none\n2\nthree\n',
    })
  })

  test.each([
    ['does not fit', { 'index.js': 'one\ntwo\n3\n' }, patch, /lines around line 1 are not/],
    ['changes a file that is not there', {}, patch, /changes "index\.js", which is not there/],
    ['makes a file that is there', { x: '1\n' }, diff({}, { x: '1\n' }), /makes "x", which is there already/],
    ['is cut off', before, patch.slice(0, patch.indexOf(' three')), /cut off or damaged/],
    ['is no patch', before, 'hello\n', /is no patch/],
    ['leaves the package', before, patch.replaceAll('index.js', '../index.js'), /no file of a package/],
    ['names an absolute path', before, patch.replaceAll('b/index.js', 'b//etc/x'), /no file of a package/],
  ])('that %s is refused', (_, files, bad, message) => {
    expect(() => patched(files, bad)).toThrow(message)
  })

  test('sets the mode that it names', () => {
    const files = filesOf({})
    const made =
      'diff --git a/run b/run\nnew file mode 100755\nindex 0000000..1\n--- /dev/null\n+++ b/run\n@@ -0,0 +1 @@\n+#!/bin/sh\n'
    applyPatch(files, made, 'x')
    expect(files.get('run')).toEqual({ mode: 0o755, content: Buffer.from('#!/bin/sh\n') })
  })
})
