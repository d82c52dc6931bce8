/** What the tools say (as each of them said it to a server that answers so), and what it is taken for. */
import { describe, expect, test } from 'vitest'
import { failTool } from '../../../src/resolve/tool-failure.ts'
import { ProblemError, type Problem } from '../../../src/problem.ts'

function explain(stderr: string, offline = false): Problem {
  try {
    return failTool(
      { exit: 1, stdout: '', stderr, files: new Map(), directory: '/copy' },
      { title: 'tool 1.0', offline },
    )
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]
    throw error
  }
}

describe('refused', () => {
  test.each([
    ['pnpm', ' ERR_PNPM_FETCH_403  GET https://r.example/leaf: Forbidden - 403', 403],
    ['Yarn 4', '➤ YN0041: │ leaf@npm:^1.0.0: Invalid authentication (as an anonymous user)', undefined],
    ['Yarn 4', '➤ YN0035: │   Response Code: 403 (Forbidden)', 403],
    ['Yarn 1', 'error Error: x: no\nRequest "https://r.example/leaf" finished with status code 403', 403],
    ['Bun', 'error: GET https://r.example/leaf - 401', 401],
    [
      'uv',
      'hint: An index URL (https://r.example/) could not be queried due to a lack of valid authentication',
      undefined,
    ],
    ['uv', 'hint: An index (https://r.example/) returned a 403 Forbidden error. Check that the index URL', 403],
    ['Poetry', 'Source (x): Authorization error accessing https://r.example/simple/leaf/', undefined],
    ['PDM', 'Failed to collect links from https://r.example/simple/leaf/: Client Error(403): Forbidden', 403],
    ['pip', 'Could not fetch URL https://r.example/leaf/: 401 Client Error: Unauthorized for url: x - skipping', 401],
    ['pip', 'ERROR: HTTP error 403 while getting https://r.example/leaf.whl', 403],
  ])('%s: %s', (_, said, status) => {
    const { code, message, hint, details } = explain(said)
    expect(code).toBe('network')
    expect(message).toBe(`tool 1.0 is refused by the server${status === undefined ? '' : ` (status ${status})`}`)
    expect(hint).toContain('credentials')
    expect(details).toEqual(said.split('\n'))
  })

  test('for legal reasons', () => {
    const said =
      'error: Failed to fetch: x\n  cause: HTTP status client error (451 Unavailable For Legal Reasons) for url (x)'
    expect(explain(said).message).toBe('tool 1.0 is refused by the server for legal reasons (status 451)')
    expect(explain('451 Client Error: Unavailable For Legal Reasons for url: x').message).toContain('legal reasons')
  })
})

test.each([
  ['Poetry', 'Source (index): No packages found for gone'],
  [
    'pip',
    'ERROR: No matching distribution found for gone\nCould not fetch URL https://r.example/gone/: 404 Client Error: x',
  ],
  [
    'PDM',
    '[CandidateNotFound]: Unable to find candidates for gone. There may exist\nFailed to collect links from x: Client Error(404): Not Found',
  ],
  ['uv', '  cause: Because gone was not found in the package registry and all versions of leaf depend on gone'],
  ['Yarn 1', 'error Error: https://r.example/gone: not found'],
  ['Yarn 1', 'error Error: x\nRequest "https://r.example/gone" finished with status code 404'],
  ['Yarn 1', 'error Couldn\'t find package "gone@^1.0.0" required by "branch@1" on the "npm" registry.'],
  ['Yarn 4', '➤ YN0035: │ gone@npm:^1: Package not found\n➤ YN0035: │   Response Code: 404 (Not Found)'],
  ['pnpm', ' ERR_PNPM_FETCH_404  GET https://r.example/gone: Not Found - 404'],
  ['Bun', 'error: GET https://r.example/gone - 404\nerror: gone@1 failed to resolve'],
])('not there, by name: %s: %s', (_, said) => {
  expect(explain(said)).toMatchObject({
    code: 'not-found',
    message: 'tool 1.0 asks for "gone", which the server does not have',
  })
})

test('a name with a scope stands in a URL with an escape', () => {
  const said = ' ERR_PNPM_FETCH_404  GET https://r.example/@scope%2Fgone: Not Found - 404'
  expect(explain(said).message).toContain('"@scope/gone"')
})

test.each([
  ['pip', 'ERROR: No matching distribution found for leaf>=9'],
  // Of one that is too young, too.
  ['PDM', '[CandidateNotFound]: Unable to find candidates for leaf. There may exist some issues'],
])('that no version fits is no matter of the server: %s: %s', (_, said) => {
  expect(explain(said).code).toBe('tool-failed')
})

test.each([
  ['pnpm', ' ERR_PNPM_FETCH_404  GET https://r.example/gone: Not Found - 404'],
  ['Yarn 4', '➤ YN0035: │ gone@npm:1: Package not found\n➤ YN0035: │   Response Code: 404 (Not Found)'],
  ['Yarn 1', 'error Error: https://r.example/gone: not found'],
  ['Yarn 1', 'error Couldn\'t find package "leaf@^1.0.0" required by "branch@1" on the "npm" registry.'],
  ['Bun', 'error: GET https://r.example/gone - 404\nerror: gone@1 failed to resolve'],
  ['uv', '  cause: Because leaf was not found in the package registry and your project depends on leaf>=9'],
])('not there: %s: %s', (_, said) => {
  expect(explain(said).code).toBe('not-found')
})

test.each([
  ['pnpm', ' ERR_PNPM_FETCH_500  GET https://r.example/leaf: Internal Server Error - 500'],
  ['Yarn 1', 'ResponseError: Request failed "500 Internal Server Error"'],
  ['Yarn 4', '➤ YN0035: │   Response Code: 500 (Internal Server Error)'],
  ['uv', '  cause: HTTP status server error (500 Internal Server Error) for url (x)'],
  ['Poetry', '500 Server Error: Internal Server Error for url: https://r.example/simple/leaf/'],
])('a server that fails: %s: %s', (_, said) => {
  expect(explain(said)).toMatchObject({ code: 'network', message: 'tool 1.0 asks a server that fails (status 500)' })
})

test.each([
  ['pip', 'Could not fetch URL https://r.example/leaf/: connection error: ... - skipping'],
  ['Yarn', 'error Error: https://r.example/leaf: socket hang up'],
  ['Bun', 'error: ConnectionClosed downloading package manifest leaf'],
])('a server that does not answer: %s: %s', (_, said) => {
  expect(explain(said)).toMatchObject({ code: 'network', message: 'tool 1.0 cannot reach what it asks' })
})

test('nobody answers; and offline, that is what is missing', () => {
  const said = '[RemoteProtocolError]: Server disconnected without sending a response.'
  expect(explain(said)).toMatchObject({ code: 'network', message: 'tool 1.0 cannot reach what it asks' })
  expect(explain(said, true).code).toBe('network-needed')
})

test.each([
  ' ERR_PNPM_NO_MATCHING_VERSION  No matching version found for leaf@^9.0.0 while fetching it from x',
  ' ERR_PNPM_WORKSPACE_PKG_NOT_FOUND  In : "leaf@workspace:*" is in the dependencies but no package named',
  '➤ YN0016: │ leaf@npm:beta: Registry failed to return tag "beta"',
  'error: No version matching "^9.0.0" found for specifier "leaf" (but package exists)',
  'Because only leaf==1.0 is available and your project depends on leaf>=9',
  '[ResolutionError]: Unable to find a resolution',
])('what only the manifest can change: %s', (said) => {
  expect(explain(said)).toMatchObject({ code: 'tool-failed', hint: expect.stringContaining('the manifest') })
})
