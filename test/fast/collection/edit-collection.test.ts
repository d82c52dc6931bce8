import { describe, expect, test } from 'vitest'
import { addToCollection, removeFromCollection } from '../../../src/collection/edit-collection.ts'

/** As the command has it: what stands before a range, in lower case. */
const nameOf = (_: string, key: string) => key.replace(/(?<=.)[@[].*/, '').toLowerCase()
const node = (key: string, range = '*') => ({ ecosystem: 'node', key, range })
const python = (key: string, range = '*') => ({ ecosystem: 'python', key, range })

describe('adding', () => {
  test('begins a table, sorted', () => {
    expect(addToCollection(undefined, [node('typescript', '5'), node('prettier'), python('black')], nameOf)).toBe(
      '{\n  "node": {\n    "prettier": "*",\n    "typescript": "5"\n  },\n  "python": {\n    "black": "*"\n  }\n}\n',
    )
  })

  test('leaves a list a list, one package a line, with its indentation', () => {
    const text = '[\n    "a",\n    { "b": "1" }\n]\n'
    expect(addToCollection(text, [node('c'), node('d', '2')], nameOf)).toBe(
      '[\n    "a",\n    { "b": "1" },\n    "c",\n    { "d": "2" }\n]\n',
    )
  })

  test('replaces the range of who is there already, and keeps the rest of its entry', () => {
    expect(addToCollection('["a@1", "b"]', [node('a', '2')], nameOf)).toBe('[\n  "b",\n  { "a": "2" }\n]\n')
    const table = '{"node": {"a": {"version": "1", "supplements": ["b"]}, "b": "*"}}'
    expect(JSON.parse(addToCollection(table, [node('a', '2')], nameOf))).toEqual({
      node: { a: { version: '2', supplements: ['b'] }, b: '*' },
    })
  })

  test('makes a list a table when another ecosystem comes', () => {
    expect(JSON.parse(addToCollection('["a"]', [python('black', '>=24')], nameOf))).toEqual({
      node: ['a'],
      python: { black: '>=24' },
    })
  })
})

describe('removing', () => {
  test('takes every spelling of a name out, and what is empty then', () => {
    const text = '["a@1", { "b": "1", "c": "2" }, { "d": "1" }]'
    expect(removeFromCollection(text, new Set(['a', 'b', 'd']), nameOf)).toBe('[\n  { "c": "2" }\n]\n')
    expect(removeFromCollection('["a"]', new Set(['a']), nameOf)).toBe('[]\n')
  })

  test('leaves supplements and other ecosystems alone', () => {
    const text = '{"node": {"a": "*", "b": "*"}, "python": ["black"], "supplements": ["b"]}'
    expect(JSON.parse(removeFromCollection(text, new Set(['a', 'black']), nameOf))).toEqual({
      node: { b: '*' },
      python: [],
      supplements: ['b'],
    })
  })
})
