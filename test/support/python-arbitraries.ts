/** Generated texts of Python's standards: mostly legal, near to each other so that comparisons meet, and some a little wrong. */
import * as fc from 'fast-check'

const number = fc.oneof(
  { weight: 8, arbitrary: fc.nat(3).map(String) },
  fc.constantFrom('00', '02', '10', '2024', '9007199254740993', '9007199254740992'),
)
const separator = fc.constantFrom('', '', '.', '-', '_')
const join = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''))
const maybe = (part: fc.Arbitrary<string>) => fc.oneof({ weight: 2, arbitrary: fc.constant('') }, part)
const space = fc.constantFrom('', '', '', ' ', '\t ')
const someCase = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(9)).map(([word, chance]) => (chance === 0 ? word.toUpperCase() : word))

const release = join(
  maybe(fc.constantFrom('0!', '1!')),
  fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.')),
)
const pre = join(
  separator,
  fc.constantFrom('a', 'b', 'c', 'rc', 'alpha', 'beta', 'pre', 'preview'),
  separator,
  maybe(number),
)
const post = fc.oneof(
  join(separator, fc.constantFrom('post', 'rev', 'r'), separator, maybe(number)),
  join(fc.constant('-'), number),
)
const dev = join(separator, fc.constant('dev'), separator, maybe(number))
const localPart = fc.constantFrom('1', '2', '10', '01', 'a', 'ab', 'cu128', 'B')
const local = join(
  fc.constant('+'),
  fc.array(localPart, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
)

const plainVersion = someCase(join(maybe(fc.constant('v')), release, maybe(pre), maybe(post), maybe(dev), maybe(local)))

/** One character changed, lost or doubled. */
const spoiled = (text: fc.Arbitrary<string>, characters: string) =>
  fc.tuple(text, fc.nat(), fc.constantFrom(...characters, ''), fc.nat(1)).map(([whole, place, character, length]) => {
    const at = place % (whole.length + 1)
    return whole.slice(0, at) + character + whole.slice(at + length)
  })

const mostly = (text: fc.Arbitrary<string>, characters: string) =>
  fc.oneof({ weight: 5, arbitrary: text }, spoiled(text, characters))

export const legalVersion: fc.Arbitrary<string> = plainVersion
export const versionText = mostly(join(space, plainVersion, space), '.-_+!*av 0é\ufeff\u00a0,')

const specifier = fc.oneof(
  join(fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~='), space, plainVersion),
  join(fc.constantFrom('==', '!='), space, release, fc.constant('.*')),
  join(fc.constantFrom('<=', '>=', '<', '>', '~='), release, maybe(pre), maybe(post), maybe(dev)),
  join(fc.constant('==='), space, fc.oneof(plainVersion, fc.constantFrom('any-text', '1.0'))),
)
export const specifierText = mostly(
  fc.array(join(space, specifier, space), { maxLength: 3 }).map((parts) => parts.join(',')),
  '=<>~!.*,+ ;)\ufeff1',
)

const word = fc.constantFrom('a', 'B', 'foo', 'x1', '9')
export const nameText = mostly(
  fc
    .tuple(word, fc.array(join(fc.constantFrom('-', '_', '.', '-_', '..', ''), word), { maxLength: 3 }))
    .map((parts) => parts.flat().join('')),
  '-_. é/',
)

const versioned = fc.constantFrom('python_version', 'python_full_version', 'implementation_version', 'platform_release')
const plain = fc.constantFrom(
  'os_name',
  'os.name',
  'sys_platform',
  'sys.platform',
  'platform_machine',
  'platform.machine',
  'platform_system',
  'platform_version',
  'platform.version',
  'platform_python_implementation',
  'platform.python_implementation',
  'python_implementation',
  'implementation_name',
  'extra',
)
const operator = fc.constantFrom('==', '!=', '<=', '>=', '<', '>', 'in', 'not in', ' not  in ')
const literal = fc.oneof(
  fc.constantFrom('3.8', '3.12', '3', '3.*', '3.12.*', '2.7, 3.12', '3.12.4', '3.13.0rc1', '6.1', 'x', ''),
  fc.constantFrom(
    'linux',
    'darwin',
    'win32',
    'linux2',
    'posix',
    'nt',
    'x86_64',
    'arm64',
    'CPython',
    'cpython',
    'Linux',
  ),
  fc.constantFrom('Foo_Bar', 'foo-bar', 'foo', 'linux darwin', 'é'),
)
const quoted = fc.tuple(literal, fc.constantFrom('"', "'")).map(([text, quote]) => `${quote}${text}${quote}`)
const compared = (variable: fc.Arbitrary<string>, operators: fc.Arbitrary<string>) =>
  fc
    .tuple(variable, operators, quoted, fc.boolean(), fc.constantFrom('', ' '))
    .map(([name, sign, text, isReversed, gap]) => {
      const around = /^\w/.test(sign) ? ` ${sign} ` : gap + sign + gap
      return isReversed ? text + around + name : name + around + text
    })
const membership = fc
  .tuple(quoted, fc.constantFrom('in', 'not in'), fc.constantFrom('extras', 'dependency_groups'))
  .map((parts) => parts.join(' '))
const comparison = fc.oneof(
  {
    weight: 4,
    arbitrary: compared(versioned, fc.oneof({ weight: 6, arbitrary: operator }, fc.constantFrom('~=', '==='))),
  },
  {
    weight: 4,
    arbitrary: compared(plain, fc.oneof({ weight: 20, arbitrary: operator }, fc.constantFrom('~=', '==='))),
  },
  membership,
)

const marker = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'marker' },
    comparison,
    fc.tuple(tie('marker'), fc.constantFrom('and', 'or'), tie('marker')).map((parts) => parts.join(' ')),
    fc
      .tuple(space, tie('marker'), space)
      .map(([before, inner, after]) => `${before}(${after}${inner}${before})${after}`),
  ),
})).marker

/** Backslashes are left out: packaging obeys them as Python does, the standard has none. */
export const markerText = mostly(marker, '()"=<~ ano_.\n')

const identifier = fc.constantFrom('a', 'Foo', 'foo.bar', 'a_', 'x-1', 'é')
export const requirementText = mostly(
  join(
    space,
    identifier,
    space,
    maybe(
      fc
        .tuple(space, fc.array(identifier, { maxLength: 3 }), space)
        .map(([before, extras, after]) => `[${before}${extras.join(`${after},${before}`)}${after}]`),
    ),
    space,
    fc.oneof(
      specifierText,
      specifierText.map((text) => `(${text})`),
      fc.constantFrom('', '@ https://example.com/a.zip ', '@ file:///a', ' @git+https://example.com/a;b '),
    ),
    maybe(join(fc.constant(';'), space, marker)),
  ),
  '[]();,@ \n=',
)

const tag = (...words: readonly string[]) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))
export const wheelText = mostly(
  join(
    fc.constantFrom('a', 'Foo_Bar', 'foo.bar', 'a__b', '_a', '9x'),
    fc.constant('-'),
    plainVersion.map((text) => text.replaceAll('-', '_')),
    maybe(join(fc.constant('-'), fc.constantFrom('1', '01', '2rc', '10_a', '9007199254740993'))),
    fc.constant('-'),
    tag('py3', 'py2', 'cp312', 'cp37', 'CP310', 'pp311', '312'),
    fc.constant('-'),
    tag('none', 'abi3', 'cp312', 'cp314t', 'pypy311_pp73'),
    fc.constant('-'),
    tag('any', 'linux_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_aarch64', 'macosx_11_0_arm64', 'win32'),
    fc.constant('.whl'),
  ),
  '-._0w',
)

const hash = fc.constantFrom('a', 'b', 'c').map((digit) => `--hash=sha256:${digit.repeat(64)}`)
const gap = fc.constantFrom(' ', ' ', '  ', ' \\\n', ' \\\n    ', '\\\n ')
const comment = fc.constantFrom('', '', '  # via a', ' # --hash=x', '  #', '\t# a\\')
const requirementLine = join(
  fc.constantFrom(
    'a==1',
    'a[b]==1.0 ',
    'a==1 ; os_name == "x # y"',
    'a @ https://example.com/a.zip#egg=a',
    'a==${VAR}',
  ),
  fc.array(join(gap, hash), { maxLength: 3 }).map((hashes) => hashes.join('')),
  comment,
)
const optionLine = join(
  fc.constantFrom(
    '-r b.txt',
    '-rb.txt',
    '--requirement=b.txt',
    '--requirement b.txt',
    '-c c.txt',
    '-e ./a',
    '-e .',
    '-e .[x]',
  ),
  comment,
)
const indexLine = join(
  fc.constantFrom('-i', '--index-url', '--extra-index-url'),
  fc.constantFrom(' ', '  '),
  fc.constantFrom('https://example.com/simple', 'https://${USER}:${KEY}@example.com/simple'),
  comment,
)
/** A requirements file, with continuations and comments at unusual places. */
export const requirementsFile = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: requirementLine },
      optionLine,
      indexLine,
      fc.constantFrom('', '   ', '# a', '    # via b', '# a \\', '\\'),
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.join('\n'))
