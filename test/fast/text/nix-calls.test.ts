import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findCalls, readNix } from '../../../src/text/nix-calls.ts'
import { scanNix } from '../../../src/text/nix-tokens.ts'

/** `line path: name=value; …` of every call of `f`. */
function calls(text: string): readonly string[] {
  return findCalls(readNix(text), (path) => path.at(-1) === 'f').map(({ path, line, attributes }) => {
    const list = [...attributes].map(([name, value]) => `${name}@${value.line}=${value.text}`)
    return `${line} ${path.join('.')}: ${list.join('; ')}`
  })
}

describe('tokens of Nix', () => {
  test.each<[string, string[]]>([
    ['a."b c".d-e\'', ['a', '.', '"b c"', '.', "d-e'"]],
    ['# x\n/* y */ z', ['z']],
    ['"a ${b "${c}" { d = "}"; }} \\" e" f', ['"a ${b "${c}" { d = "}"; }} \\" e"', 'f']],
    ["''a ''${b} ''' ${ '' } '' } '' c", ["''a ''${b} ''' ${ '' } '' } ''", 'c']],
    ['./a/b.nix <nixpkgs> ~/x https://x.example/y?z=1', ['./a/b.nix', '<nixpkgs>', '~/x', 'https://x.example/y?z=1']],
    ['a//b a/b', ['a', '//', 'b', 'a/b']],
    ['"never closed', ['"never closed']],
  ])('%s', (text, expected) => {
    expect(scanNix(text).map((token) => token.text)).toEqual(expected)
  })

  test('any text is taken, character by character, whatever it holds', () => {
    assert(
      property(array(constantFrom('"', "''", '${', '}', '{', 'a', ' ', '\\', '#', '\n', '/*', ';')), (parts) => {
        const text = parts.join('')
        const tokens = scanNix(text)
        for (const token of tokens) expect(text.slice(token.at, token.at + token.text.length)).toBe(token.text)
        readNix(text)
        expect(calls(`f { ${text}`)).toBeDefined()
      }),
    )
  })

  test('a hundred thousand interpolations in each other are no deeper than one', () => {
    const text = '"${'.repeat(100_000)
    expect(scanNix(text)).toHaveLength(1)
    expect(calls(`f {${'('.repeat(100_000)}`)).toHaveLength(1)
  })
})

describe('calls', () => {
  test('with their attributes as they are written', () => {
    const text = `{ pkgs, lib ? null, ... }:
let x = 1; in
pkgs.js.f rec {
  pname = "a;b"; # c
  env.FOO = "1";
  "quoted" = [ (g { h = 1; }) ];
  inputs = with pkgs; [ a b ];
  value = let y = 1; z = 2; in assert y == 1; y + z;
  inherit version src;
  inherit (finalAttrs.x) hash;
}`
    expect(calls(text)).toEqual([
      '3 pkgs.js.f: pname@4="a;b"; env.FOO@5="1"; quoted@6=[ (g { h = 1; }) ]; inputs@7=with pkgs; [ a b ]; ' +
        'value@8=let y = 1; z = 2; in assert y == 1; y + z; version@9=version; src@9=src; hash@10=finalAttrs.x.hash',
    ])
    expect([...readNix(text).formals]).toEqual(['pkgs', 'lib'])
  })

  test('in each other, in lists, and with a function of their own attributes', () => {
    expect(calls('[ (f { a = f { b = 1; }; }) (f (self: { c = 2; })) ]')).toEqual([
      '1 f: a@1=f { b = 1; }',
      '1 f: b@1=1',
      '1 f: c@1=2',
    ])
  })

  test.each([
    '{ f, g }: g { }',
    'inherit (x) f;',
    'f = { a = 1; };',
    'f x { a = 1; }',
    '# f { }',
    '"f { }"',
    'f { a }: a',
  ])('are not seen in %s', (text) => {
    expect(calls(text)).toEqual([])
  })
})
