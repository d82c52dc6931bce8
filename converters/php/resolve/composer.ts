/** composer.lock by Composer itself. https://getcomposer.org/doc/03-cli.md#update-u-upgrade */
import type { Resolve, ResolveRequest } from '../../../src/model/resolver.ts'
import { fail } from '../../../src/problem.ts'
import { openTool } from '../../../src/resolve/project-tool.ts'
import { refuseOptions } from '../../../src/resolve/refuse-options.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'
import { getManifest } from '../readers/manifest.ts'
import { isPlatform } from '../readers/platform.ts'

const LOCK = 'composer.lock'

export const resolveWithComposer: Resolve = async (request, world) => {
  refuseOptions('Composer', request, {
    before: 'take what is released: it knows no dates',
    registry: 'name the repository in composer.json',
  })
  const program = world.findProgram('composer')
  const composer = await openTool(
    {
      name: 'Composer',
      command: program === undefined ? undefined : [program],
      get: 'apt-get install composer',
      environment: {
        COMPOSER: undefined,
        COMPOSER_NO_INTERACTION: '1',
        COMPOSER_NO_AUDIT: '1',
        COMPOSER_DISABLE_NETWORK: request.offline ? '1' : undefined,
      },
    },
    request,
    world,
  )
  if (composer.version.startsWith('1.')) {
    const message = `Composer ${composer.version} cannot resolve without installing`
    return fail({ code: 'tool-missing', message, hint: 'get Composer 2: `composer self-update --2`' })
  }
  const quiet = ['--no-install', '--no-scripts', '--no-plugins', '--no-interaction', '--no-progress', '--no-ansi']
  return composer.lock({ args: ['update', ...whatToUpdate(request, composer.version), ...quiet], read: [LOCK] })
}

function whatToUpdate(request: ResolveRequest, version: string): readonly string[] {
  const { update, files } = request
  const lock = files.find(LOCK)
  if (update === 'all' || lock === undefined) return []
  if (update !== undefined && update.length > 0) return update
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 2 || (major === 2 && minor >= 7)) return ['--minimal-changes']
  const missing = findMissing(request, lock)
  return missing.length === 0 ? ['--lock'] : missing
}

/** What composer.json asks for and the lock file does not have. */
function findMissing({ files }: ResolveRequest, lock: string): readonly string[] {
  const { require, requireDev } = getManifest(files, LOCK)
  const fields = rootFields(parseJson(lock, { file: LOCK, purpose: 'lock' }))
  const entries = ['packages', 'packages-dev'].flatMap((key) => fields?.objects(key) ?? [])
  const locked = new Set(entries.map((entry) => entry.text('name')?.toLowerCase()))
  return [...require.keys(), ...requireDev.keys()].filter((name) => !isPlatform(name) && !locked.has(name))
}
