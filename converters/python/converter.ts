/** The python ecosystem after detection: indexes, credentials and the plan. */
import type { Converter } from '../../src/model/converter.ts'
import { pythonCredentials } from './access/credentials.ts'
import { pythonIndexes } from './indexes.ts'
import { planPython } from './plan.ts'

export const pythonConverter: Converter = {
  credentials: pythonCredentials,
  findCertificateFile: () => undefined,
  gitManifest: { file: 'pyproject.toml', warnings: () => [] },
  // What has no digest is downloaded: an index says no more than the file.
  lookUp: async () => [],
  indexes: pythonIndexes,
  plan: planPython,
  planWithLookUps: async (lock, options, world) =>
    (await import('./plan-with-look-ups.ts')).planWithLookUps(lock, options, world),
}
