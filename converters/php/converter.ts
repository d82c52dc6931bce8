/** The php ecosystem after detection: credentials and the plan. */
import type { Converter } from '../../src/model/converter.ts'
import { phpCredentials } from './access/credentials.ts'
import { planPhp } from './plan.ts'

export const phpConverter: Converter = {
  credentials: phpCredentials,
  findCertificateFile: () => undefined,
  gitManifest: { file: 'composer.json', warnings: () => [] },
  // A repository says no more than the lock file: what has no digest is downloaded.
  lookUp: async () => [],
  plan: planPhp,
}
