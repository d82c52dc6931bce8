/** PEP 508 and 751 markers and PEP 508 requirements: every legal form, and what is refused where. */
import { describe, expect, test } from 'vitest'
import {
  evaluateMarker,
  holdsForExtras,
  parseMarker,
  variablesOf,
  type MarkerEnvironment,
} from '../../../../converters/python/standards/marker.ts'
import { getName, isName, isNormalizedName, normalizeName } from '../../../../converters/python/standards/name.ts'
import { parseRequirement } from '../../../../converters/python/standards/requirement.ts'
import { printVersion } from '../../../../converters/python/standards/version.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const environment: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.12.4',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.1.0-generic',
  platform_system: 'Linux',
  platform_version: '#1 SMP',
  python_full_version: '3.12.4',
  python_version: '3.12',
  sys_platform: 'linux',
}

describe('a marker', () => {
  test.each([
    [`python_version >= "3.9"`, true],
    [`python_version < '3.10'`, false],
    [`"3.10" <= python_version`, true],
    [`"3.8" in python_version`, false],
    [`python_version in "3.11, 3.12"`, true],
    [`python_version not in '3.11'`, true],
    [`python_version  not \t in '3.12'`, false],
    [`python_version ~= "3.10"`, true],
    [`python_full_version ~= "3.12.0"`, true],
    [`python_version == "3.*"`, true],
    [`python_full_version === "3.12.4"`, true],
    [`"linux" in sys_platform`, true],
    [`sys_platform in "linux,linux2"`, true],
    [`sys.platform == "linux" and os.name=="posix"`, true],
    [`python_implementation == "CPython"`, true],
    [`platform.python_implementation == "CPython"`, true],
    [`platform_release >= "5"`, false],
    [`platform_machine < "z"`, false],
    [`platform_machine <= "x86_64"`, true],
    [`os_name == "nt" or os_name == "posix" and sys_platform == "win32"`, false],
    [`os_name == "posix" or os_name == "nt" and sys_platform == "win32"`, true],
    [`(os_name == "posix" or os_name == "nt") and sys_platform == "win32"`, false],
    [`((os_name == "posix"))`, true],
    [`extra == "x"`, false],
    [`extra == ''`, true],
    [`"a" in extras`, false],
  ])('%s is %s', (text, expected) => {
    expect(evaluateMarker(parseMarker(text), environment)).toBe(expected)
  })

  test.each([
    [`extra == "Foo.Bar"`, { extra: 'foo_bar' }, true],
    [`extra == "a" and extra == "b"`, { extra: new Set(['A', 'b']) }, true],
    [`extra != "a"`, { extra: new Set(['b']) }, true],
    [`"Foo_Bar" in extras`, { extras: new Set(['foo-bar']) }, true],
    [`"dev" not in dependency_groups`, { dependency_groups: new Set(['dev']) }, false],
  ])('%s asks for extras and groups by their normalized names', (text, more, expected) => {
    expect(evaluateMarker(parseMarker(text), { ...environment, ...more })).toBe(expected)
  })

  test('holds for a requirement with extras when it holds for one of them', () => {
    const marker = parseMarker('extra == "a" or extra == "b"')
    expect(holdsForExtras(marker, environment, ['c', 'b'])).toBe(true)
    expect(holdsForExtras(marker, environment, [])).toBe(false)
    expect(holdsForExtras(parseMarker('extra == "a" and extra == "b"'), environment, ['a', 'b'])).toBe(false)
  })

  test.each([
    ['', 1],
    ['python_version', 15],
    ['python_version >= 3', 19],
    ['python_version => "3"', 16],
    ['"a" == "b"', 1],
    ['os_name == sys_platform', 1],
    ['os_name == "a" and', 19],
    ['(os_name == "a"', 16],
    ['os_name == "a")', 15],
    ['os_name == "a" os_name == "b"', 16],
    ['os_name == "a\\x41"', 14],
    ['os_name == "a', 12],
    ['os_nam == "a"', 1],
    ['extras == "a"', 1],
    ['"a" == dependency_groups', 1],
    ['os_name notin "a"', 9],
    ['os_name == "a" AND os_name == "a"', 16],
  ])('%j is refused at column %i', (text, column) => {
    const [problem] = thrownProblems(() => parseMarker(text, { file: 'poetry.lock', line: 7 }))
    expect(problem).toMatchObject({ code: 'requirement-invalid', where: { file: 'poetry.lock', line: 7 } })
    expect(problem?.message).toContain(`column ${column} `)
  })

  test.each(['sys_platform ~= "linux"', 'os_name === "posix"', 'python_version ~= "3"'])(
    '%s has no meaning, which is said when it is asked',
    (text) => {
      const marker = parseMarker(text)
      expect(thrownProblems(() => evaluateMarker(marker, environment))).toMatchObject([{ code: 'requirement-invalid' }])
    },
  )

  test('may be nested and long without end', () => {
    const deep = 100_000
    const nested = `${'('.repeat(deep)}os_name == "posix"${')'.repeat(deep)}`
    expect(evaluateMarker(parseMarker(nested), environment)).toBe(true)
    const long = Array.from({ length: deep }, () => '(os_name == "nt"').join(' or ') + ')'.repeat(deep)
    expect(evaluateMarker(parseMarker(long), environment)).toBe(false)
  })

  test('tells what it asks for', () => {
    expect([...variablesOf(parseMarker('os.name == "a" and (python_version > "3" or os_name == "b")'))]).toEqual([
      'os_name',
      'python_version',
    ])
  })
})

describe('a requirement', () => {
  test('has a name, extras, specifiers and a marker', () => {
    const found = parseRequirement('Foo.Bar [ a , B_c ] >= 1.0 , < 2 ; os_name == "posix" ')
    expect(found).toMatchObject({ name: 'Foo.Bar', extras: ['a', 'B_c'], specifierText: '>= 1.0 , < 2' })
    expect(found.specifiers.map((one) => one.operator !== '===' && [one.operator, printVersion(one.version)])).toEqual([
      ['>=', '1.0'],
      ['<', '2'],
    ])
    expect(found.markerText).toBe('os_name == "posix"')
    expect(found.marker && evaluateMarker(found.marker, environment)).toBe(true)
  })

  test('may have a URL', () => {
    const found = parseRequirement('a[x]@ https://example.com/a-1.0.zip;x#sha256=00 ; python_version < "3"')
    expect(found).toMatchObject({ name: 'a', extras: ['x'], url: 'https://example.com/a-1.0.zip;x#sha256=00' })
    expect(found.markerText).toBe('python_version < "3"')
    expect(parseRequirement('a @ file:///x').url).toBe('file:///x')
  })

  test.each(['a', 'a[]', 'a()', 'a (>=1)', 'a(>=1,<2)', 'a>=1,', 'a===x-y', 'a==1.*', 'a;os_name=="x"'])(
    '%s is legal',
    (text) => {
      expect(parseRequirement(text).name).toBe('a')
    },
  )

  test.each([
    ['', 1],
    ['-a', 1],
    ['a b', 3],
    ['a>=1 <2', 6],
    ['a>=1.*', 5],
    ['a>1+x', 4],
    ['a[x', 4],
    ['a[x y]', 5],
    ['a[x,]', 5],
    ['a (>=1', 7],
    ['a @', 4],
    ['a @ https://x y', 15],
    ['a; os_name', 11],
    ['a; os_name == "x" b', 19],
    ['a==1.0 --hash=sha256:00', 8],
    ['a[b]c', 5],
  ])('%j is refused at column %i', (text, column) => {
    const [problem] = thrownProblems(() => parseRequirement(text))
    expect(problem?.code).toBe('requirement-invalid')
    expect(problem?.message).toContain(`column ${column} `)
  })
})

describe('a name', () => {
  test.each([
    ['Zope.Interface', 'zope-interface'],
    ['a_-.B', 'a-b'],
    ['x', 'x'],
  ])('%s is compared as %s', (name, expected) => {
    expect(getName(name)).toBe(expected)
    expect(isNormalizedName(expected)).toBe(true)
    expect(normalizeName(expected)).toBe(expected)
  })

  test.each(['', '-a', 'a-', 'a b', 'a/b', '../a', 'ä', 'a\n', 'a'.repeat(256)])('%j is none', (text) => {
    expect(isName(text)).toBe(false)
    expect(thrownProblems(() => getName(text))).toMatchObject([{ code: 'name-invalid' }])
  })
})
