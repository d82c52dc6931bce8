/** The plan of a spec that was read back: a file in a repository, so anything may stand there by now. */
import type { JsonObject } from '../../src/model/json.ts'
import {
  checkedNearPath,
  checkedPath,
  failAt,
  findText,
  getText,
  isRecord,
  recordsOf,
  textsOf,
} from '../../src/text/plan-fields.ts'
import type { PhpPackage, PhpPlan } from './php-plan.ts'

/** Throws `spec-invalid`, `path-escapes`. */
export function readPlan(plan: JsonObject): PhpPlan {
  const extensions = plan['extensions']
  if (!isRecord(extensions)) return failAt('extensions', 'is not an object')
  return {
    lock: checkedPath(getText(plan, 'lock', 'plan')),
    vendorDir: checkedPath(getText(plan, 'vendorDir', 'plan')),
    bin: textsOf(plan, 'bin', 'plan').map(checkedPath),
    packages: Object.fromEntries(recordsOf(plan, 'packages').map(([id, each]) => [id, readPackage(id, each)])),
    extensions: { prod: textsOf(extensions, 'prod', 'extensions'), dev: textsOf(extensions, 'dev', 'extensions') },
    ...(plan['scansProject'] === true ? { scansProject: true } : {}),
  }
}

function readPackage(id: string, record: JsonObject): PhpPackage {
  const directory = findText(record, 'directory', id)
  const keep = (key: 'type' | 'url' | 'reference') => {
    const text = findText(record, key, id)
    return text === undefined ? {} : { [key]: text }
  }
  return {
    name: getText(record, 'name', id),
    version: getText(record, 'version', id),
    ...(record['dev'] === true ? { dev: true } : {}),
    ...keep('type'),
    ...keep('url'),
    ...keep('reference'),
    ...(directory === undefined ? {} : { directory: checkedNearPath(directory) }),
  }
}
