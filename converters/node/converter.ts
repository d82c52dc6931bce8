/** The node ecosystem after detection: credentials, digests the registry knows, and the plan. */
import type { Converter } from '../../src/model/converter.ts'
import { credentialsOf } from './credentials.ts'
import { gitManifestWarnings } from './git-manifest.ts'
import { lookUp } from './look-up.ts'
import { readNpmConfig } from './npmrc.ts'
import { planNode } from './plan.ts'
import { withYarnSecrets } from './yarnrc-secrets.ts'

export const nodeConverter: Converter = {
  credentials: (context) => credentialsOf(withYarnSecrets(readNpmConfig(context), context)),
  findCertificateFile: (context) => readNpmConfig(context).cafile,
  gitManifest: { file: 'package.json', warnings: gitManifestWarnings },
  lookUp,
  plan: (lock, options) => planNode(lock, options),
}
