import { expect, test } from 'vitest'
import { lastWords } from '../../../src/text/tool-words.ts'

test('colours, titles, links and cursor movements are gone', () => {
  const said =
    '\u001b[31m\u001b[1merror\u001b[0m: no \u001b]8;;https://example.org\u0007ms\u001b]8;;\u001b\\ here\u001b[2K\u001b(B\u001b=\n'
  expect(lastWords(said)).toEqual(['error: no ms here'])
})

test('of a line that was written over, what stood there last', () => {
  expect(lastWords('⠋ 0:00:01 Resolving\r⠙ 0:00:02 Resolving\rfailed\r\n')).toEqual(['failed'])
})

test('lines that say nothing are left out, and only the last ones are shown', () => {
  const many = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n\n───\n')
  expect(lastWords(many)).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 10}`))
})

test('what was said on stderr comes last', () => {
  expect(lastWords('out\n', 'err\n')).toEqual(['out', 'err'])
})

test('secrets of URLs and endless lines are cut', () => {
  expect(lastWords('GET https://user:secret@packages.example/ms failed')).toEqual([
    'GET https://…@packages.example/ms failed',
  ])
  expect(lastWords('x'.repeat(1000))).toEqual([`${'x'.repeat(300)}…`])
})

test('where in the program it happened is left out', () => {
  const said = `Error: leaf@workspace:*: Workspace not found
    at t.getCandidates (/opt/yarn.js:140:109205)
    at async Promise.allSettled (index 0)
    at /opt/yarn.js:209:8420
    at IncomingMessage.emit (node:events:531:35) {
  responseCode: 500
  at least one of them: a@1`
  expect(lastWords(said)).toEqual([
    'Error: leaf@workspace:*: Workspace not found',
    '  responseCode: 500',
    '  at least one of them: a@1',
  ])
})

test('where in a program of Python it happened says nothing to its user', () => {
  const said = `ERROR: Cannot install host>=2 and outer
Traceback (most recent call last):
  File "/tools/piptools/resolver.py", line 677, in _do_resolve
    resolver.resolve(
    ~~~~~~~~~~~~~~~~^
        requirements,
  File "/tools/x.py", line 101, in resolve
    raise error from e
pip.DistributionNotFound: ResolutionImpossible

The above exception was the direct cause of the following exception:

  an indented line
`
  expect(lastWords(said)).toEqual([
    'ERROR: Cannot install host>=2 and outer',
    'pip.DistributionNotFound: ResolutionImpossible',
    '  an indented line',
  ])
})
