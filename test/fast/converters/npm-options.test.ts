import { describe, expect, test } from 'vitest'
import { npmOptions } from '../../../converters/node/resolve/npm-options.ts'
import type { ResolveRequest, ResolveWorld } from '../../../src/model/resolver.ts'
import { problemsOf } from '../../support/problems-of.ts'

interface Given {
  readonly project?: string
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly request?: Partial<ResolveRequest>
}

function optionsOf({ project, user, environment = {}, request = {} }: Given) {
  const never = () => {
    throw new Error('options ask for nothing of this')
  }
  return npmOptions(
    {
      directory: '/project',
      files: { find: (path) => (path === '.npmrc' ? project : undefined), directories: () => [] },
      fileNames: () => [],
      userConfig: user === undefined ? [] : [{ file: '~/.npmrc', text: user }],
      environment,
      omit: [],
      offline: false,
      ...request,
    },
    {
      scratch: '/scratch',
      cache: () => '/cache',
      documents: { fetch: never, fetchDigest: never },
      notes: { find: never, save: never },
      clock: {
        parse: (text) => (text.startsWith('2') ? new Date(text) : undefined),
        daysAgo: (days) => new Date(1e12 - days),
      },
      readConfigured: (file) => `${file}\n-----END CERTIFICATE-----\nsecond\n-----END CERTIFICATE-----\n`,
      findProgram: never,
      runTool: never,
      progress: never,
    } satisfies ResolveWorld,
  )
}

describe('the configuration of npm', () => {
  test('reads switches as npm does', () => {
    const options = optionsOf({ project: 'legacy-peer-deps\nprefer-dedupe=0\nengine-strict=null\nforce=yes\n' })
    expect(options).toMatchObject({ legacyPeerDeps: true, preferDedupe: false, engineStrict: false, force: true })
    expect(options).not.toHaveProperty('strictPeerDeps')
  })

  test('knows the old names of strategies', () => {
    expect(optionsOf({ project: 'legacy-bundling=true' })['installStrategy']).toBe('nested')
    expect(optionsOf({ user: 'install-strategy=linked', project: 'global-style=true' })['installStrategy']).toBe(
      'shallow',
    )
  })

  test('has lists of files and of the environment, and those of the command line beside them', () => {
    const request = { omit: ['peer'] }
    expect(optionsOf({ project: 'omit[]=dev\nomit[]=optional\n', request })['omit']).toEqual([
      'peer',
      'dev',
      'optional',
    ])
    const environment = { npm_config_omit: 'dev\n\noptional' }
    expect(optionsOf({ project: 'omit=peer', environment })['omit']).toEqual(['dev', 'optional'])
    expect(optionsOf({ project: 'min-release-age-exclude[]=a, b\nmin-release-age-exclude[]=b\n' })).toMatchObject({
      minReleaseAgeExclude: ['a', 'b'],
    })
  })

  test.each<[string, Given, Date | null]>([
    ['nothing', {}, null],
    ['--before, before all files', { project: 'before=2020-01-01', request: { before: new Date(5) } }, new Date(5)],
    ['before of the project', { project: 'before=2020-01-01' }, new Date('2020-01-01')],
    ['min-release-age', { project: 'min-release-age=7' }, new Date(1e12 - 7)],
    ['before, where one file says both', { project: 'min-release-age=7\nbefore=2020-01-01' }, new Date('2020-01-01')],
    ['the nearer of the two', { user: 'before=2020-01-01', project: 'min-release-age=7' }, new Date(1e12 - 7)],
    ['the nearer of the two', { user: 'min-release-age=7', project: 'before=2020-01-01' }, new Date('2020-01-01')],
    ['what the nearer one takes back', { user: 'before=2020-01-01', project: 'min-release-age=0' }, null],
  ])('what counts as the end of time: %s', (_, given, date) => {
    expect(optionsOf(given)['before']).toEqual(date)
  })

  test.each(['before=yesterday', 'min-release-age=week', 'lockfile-version=4'])('%s is refused', async (line) => {
    expect(await problemsOf(() => optionsOf({ project: line }))).toMatchObject([{ code: 'config-invalid' }])
  })

  test('hands secrets, scopes and certificates on', () => {
    const project = '@acme:registry=https://acme.example\n//acme.example/:_authToken=${TOKEN}\ncafile=~/ca.pem\n'
    const options = optionsOf({ project, environment: { TOKEN: 's3cr3t' } })
    expect(options).toMatchObject({
      '@acme:registry': 'https://acme.example/',
      '//acme.example/:_authToken': 's3cr3t',
      ca: ['~/ca.pem\n-----END CERTIFICATE-----', 'second\n-----END CERTIFICATE-----'],
    })
  })

  test('cannot switch scripts on, nor transports of git that run commands', () => {
    const options = optionsOf({ project: 'ignore-scripts=false', environment: { GIT_ALLOW_PROTOCOL: 'ext' } })
    expect(options).toMatchObject({ ignoreScripts: true, env: { GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh' } })
  })
})
