/** The smallest spec of a Python project. */
import type { JsonObject } from '../../src/model/json.ts'
import type { BuildSpec } from '../../src/spec/build-spec.ts'

export function pythonSpec(plan: JsonObject = {}): BuildSpec {
  const lock = { file: 'uv.lock', format: 'uv-lock', version: '1' }
  const python = { project: { name: 'a' }, lock, omit: [], sources: {}, plan }
  return { lock2build: 1, systems: ['x86_64-linux'], ecosystems: { python } }
}
