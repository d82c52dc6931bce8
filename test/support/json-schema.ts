/** Checks a value against a JSON Schema, as far as ours use it: an unknown keyword is an error, so nothing is silently not checked. */
import { isDeepStrictEqual } from 'node:util'

type Schema = Readonly<Record<string, unknown>>

/** Sentences about what does not fit; empty when everything does. */
export function schemaFaults(schema: Schema, value: unknown): readonly string[] {
  return faultsOf(schema, value, { root: schema, path: '$' })
}

interface Context {
  readonly root: Schema
  readonly path: string
}

type Check = (expected: unknown, value: unknown, schema: Schema, context: Context) => readonly string[]

const ignored = new Set(['$schema', '$id', '$defs', '$comment', 'title', 'description', 'examples', 'default'])

const checks: Readonly<Record<string, Check>> = {
  $ref: (expected, value, _, context) => faultsOf(resolve(context.root, String(expected)), value, context),
  const: (expected, value, _, { path }) =>
    said(isDeepStrictEqual(expected, value), `${path} is not ${JSON.stringify(expected)}`),
  enum: (expected, value, _, { path }) =>
    said(
      asList(expected).some((each) => isDeepStrictEqual(each, value)),
      `${path} is ${JSON.stringify(value)}, none of the allowed`,
    ),
  type: (expected, value, _, { path }) =>
    said(
      asList(expected).some((each) => isOfType(value, String(each))),
      `${path} is no ${String(expected)}`,
    ),
  minimum: (expected, value, _, { path }) =>
    said(typeof value !== 'number' || value >= Number(expected), `${path} is too small`),
  minItems: (expected, value, _, { path }) =>
    said(!Array.isArray(value) || value.length >= Number(expected), `${path} is too short`),
  minLength: (expected, value, _, { path }) =>
    said(typeof value !== 'string' || value.length >= Number(expected), `${path} is too short`),
  minProperties: (expected, value, _, { path }) =>
    said(!isObject(value) || Object.keys(value).length >= Number(expected), `${path} has too few members`),
  uniqueItems: (_, value, __, { path }) =>
    said(
      !Array.isArray(value) || new Set(value.map((each) => JSON.stringify(each))).size === value.length,
      `${path} repeats itself`,
    ),
  pattern: (expected, value, _, { path }) =>
    said(
      typeof value !== 'string' || new RegExp(String(expected), 'u').test(value),
      `${path} ${JSON.stringify(value)} does not match ${String(expected)}`,
    ),
  required: (expected, value, _, { path }) =>
    isObject(value)
      ? asList(expected)
          .filter((key) => !Object.hasOwn(value, String(key)))
          .map((key) => `${path}.${String(key)} is missing`)
      : [],
  properties: (expected, value, _, context) =>
    members(
      value,
      (key) => asSchema(expected)[key] !== undefined,
      (key, each) => faultsOf(asSchema(asSchema(expected)[key]), each, under(context, key)),
    ),
  patternProperties: (expected, value, _, context) =>
    Object.entries(asSchema(expected)).flatMap(([pattern, schema]) =>
      members(
        value,
        (key) => new RegExp(pattern, 'u').test(key),
        (key, each) => faultsOf(asSchema(schema), each, under(context, key)),
      ),
    ),
  propertyNames: (expected, value, _, context) =>
    members(
      value,
      () => true,
      (key) => faultsOf(asSchema(expected), key, under(context, key)),
    ),
  additionalProperties: (expected, value, schema, context) =>
    members(
      value,
      (key) => !isDeclared(schema, key),
      (key, each) =>
        expected === false
          ? [`${context.path}.${key} is not allowed`]
          : faultsOf(asSchema(expected), each, under(context, key)),
    ),
  items: (expected, value, _, context) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => faultsOf(asSchema(expected), each, under(context, String(index))))
      : [],
  allOf: (expected, value, _, context) => asList(expected).flatMap((each) => faultsOf(asSchema(each), value, context)),
  anyOf: (expected, value, _, context) => alternatives(expected, value, context, (count) => count > 0),
  oneOf: (expected, value, _, context) => alternatives(expected, value, context, (count) => count === 1),
}

function faultsOf(schema: Schema, value: unknown, context: Context): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, expected]) => {
    if (ignored.has(keyword)) return []
    const check = checks[keyword]
    if (check === undefined) throw new Error(`the keyword ${keyword} is not implemented`)
    return check(expected, value, schema, context)
  })
}

function alternatives(
  expected: unknown,
  value: unknown,
  context: Context,
  isRight: (count: number) => boolean,
): readonly string[] {
  const faults = asList(expected).map((each) => faultsOf(asSchema(each), value, context))
  const fitting = faults.filter((each) => each.length === 0).length
  return isRight(fitting)
    ? []
    : [`${context.path} fits ${fitting} of the alternatives`, ...faults.map((each) => `  ${each.join('; ')}`)]
}

function members(
  value: unknown,
  isMeant: (key: string) => boolean,
  check: (key: string, each: unknown) => readonly string[],
): readonly string[] {
  return isObject(value) ? Object.entries(value).flatMap(([key, each]) => (isMeant(key) ? check(key, each) : [])) : []
}

function isDeclared(schema: Schema, key: string): boolean {
  const patterns = Object.keys(asSchema(schema['patternProperties'] ?? {}))
  return (
    Object.hasOwn(asSchema(schema['properties'] ?? {}), key) ||
    patterns.some((pattern) => new RegExp(pattern, 'u').test(key))
  )
}

function resolve(root: Schema, reference: string): Schema {
  const name = /^#\/\$defs\/(\w+)$/.exec(reference)?.[1]
  if (name === undefined) throw new Error(`${reference} is not a reference to $defs`)
  return asSchema(asSchema(root['$defs'])[name])
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'null') return value === null
  return type === 'object' ? isObject(value) : typeof value === type
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asSchema(value: unknown): Schema {
  if (!isObject(value)) throw new Error('a schema is an object')
  return value
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function said(isRight: boolean, fault: string): readonly string[] {
  return isRight ? [] : [fault]
}

function under(context: Context, key: string): Context {
  return { ...context, path: `${context.path}.${key}` }
}
