/** What a build step sees and reaches inside the sandbox, with bubblewrap and without it: the same little, whoever builds. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync, chmodSync, chownSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installProgram } from '../support/cli.ts'
import { buildEmbedded, buildProject, pathWithoutBubblewrap, temporaryCache } from '../support/embedded.ts'

/** Writes what it found out into report.json, which becomes part of the result. */
const explorer = `
const fs = require('node:fs'), net = require('node:net'), os = require('node:os')
const attempt = (work) => { try { return work() } catch (error) { return error.code } }
const write = (path) => attempt(() => (fs.writeFileSync(path, 'x'), 'written'))
const connect = (port, host) => new Promise((done) => {
  const socket = net.connect(port, host)
  socket.setTimeout(5000, () => done('timeout'))
  socket.once('connect', () => done('connected')).once('error', (error) => done(error.code))
})
const { port, home, secret } = JSON.parse(fs.readFileSync('given.json', 'utf8'))
const main = async () => ({
  outside: await connect(80, '1.1.1.1'),
  host: await connect(port, '127.0.0.1'),
  name: await new Promise((done) => require('node:dns').lookup('example.com', (error) => done(error?.code))),
  interfaces: Object.keys(os.networkInterfaces()),
  home: attempt(() => fs.readFileSync(home + '/secret', 'utf8')),
  temporary: attempt(() => fs.readFileSync(secret, 'utf8')),
  ownHome: attempt(() => fs.readdirSync(os.homedir()).filter((name) => name !== '.npm')),
  user: [process.getuid(), process.getgid(), os.userInfo().username],
  tops: fs.readdirSync('/').sort(),
  etc: fs.readdirSync('/etc').sort(),
  variable: process.env.SECRET ?? null,
  variables: Object.keys(process.env).filter((name) => !name.startsWith('npm_')).sort(),
  writes: Object.fromEntries(['/x', '/usr/x', '/etc/x', '/bin/x', '/lock2build/x', '/lock2build/tool/bin/x'].map((path) => [path, write(path)])),
  input: attempt(() => (fs.chmodSync('/lock2build/spec.json', 0o777), 'changed')),
  zone: new Date(0).getTimezoneOffset(),
  umask: process.umask(),
  epoch: process.env.SOURCE_DATE_EPOCH,
  cwd: process.cwd(),
  processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length < 20,
})
main().then((report) => fs.writeFileSync('report.json', JSON.stringify(report)))
`

const isRoot = process.getuid?.() === 0
const ordinary = ['/usr/bin/setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
const odd = ['/bin/sh', '-c', 'umask 077; exec "$@"', 'sh']
let program = ''
let server: Server
let port = 0
const home = mkdtempSync(join(tmpdir(), 'user-'))
const secret = join(tmpdir(), `secret-${process.pid}`)

beforeAll(async () => {
  program = await installProgram()
  chmodSync(dirname(program), 0o755)
  server = createServer((socket) => socket.end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  writeFileSync(join(home, 'secret'), 'of the user')
  writeFileSync(secret, 'of the machine')
  chmodSync(home, 0o755)
})

afterAll(() => {
  server.close()
})

const surroundings = {
  HOME: home,
  npm_config_globalconfig: join(home, 'npmrc-global'),
  SECRET: 'token',
  LANG: 'tr_TR.UTF-8',
  TZ: 'Asia/Kathmandu',
  NODE_OPTIONS: '--no-deprecation',
}
const withoutBubblewrap = pathWithoutBubblewrap()
chmodSync(withoutBubblewrap, 0o755)
const ways = [
  { kind: 'bubblewrap', who: 'the caller', path: undefined, wrapper: odd },
  { kind: 'namespaces', who: 'the caller', path: withoutBubblewrap, wrapper: odd },
  ...(isRoot
    ? [
        { kind: 'bubblewrap', who: 'an ordinary user', path: undefined, wrapper: ordinary },
        { kind: 'namespaces', who: 'an ordinary user', path: withoutBubblewrap, wrapper: ordinary },
      ]
    : []),
] as const

describe.each(ways)('a build step in the sandbox of $kind, run by $who', ({ kind, path, wrapper }) => {
  let seen: Record<string, unknown> = {}
  let record: Record<string, unknown> = {}
  beforeAll(async () => {
    const project = buildProject(explorer, { 'given.json': JSON.stringify({ port, home, secret }) })
    const cache = temporaryCache()
    if (wrapper === ordinary) for (const folder of [project, cache]) chownSync(folder, 65534, 65534)
    const environment = { ...surroundings, ...(path === undefined ? {} : { PATH: path }) }
    const built = await buildEmbedded(program, { project, cache, wrapper, environment })
    expect(built.stderr).toContain('built')
    const result = join(project, 'result')
    seen = parse(readFileSync(join(result, 'lib/node_modules/app/report.json'), 'utf8'))
    record = parse(readFileSync(join(realpathSync(result), '../build.json'), 'utf8'))
  })

  test('is what it says it is', () => expect(record['sandbox']).toBe(kind))

  test('reaches no network, no name server and no server of the host', () => {
    expect(seen['outside']).toBe('ENETUNREACH')
    expect(seen['host']).toBe('ECONNREFUSED')
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(seen['name'])
    expect(seen['interfaces']).toEqual(['lo'])
  })

  test('reads nothing of the user: neither files, nor the temporary directory, nor variables', () => {
    expect(seen['home']).toBe('ENOENT')
    expect(seen['temporary']).toBe('ENOENT')
    expect(seen['ownHome']).toEqual([])
    expect(seen['variable']).toBe(null)
    expect(seen['variables']).toEqual(
      ['COLOR', 'EDITOR', 'HOME', 'INIT_CWD', 'NODE', 'PATH', 'PWD', 'SOURCE_DATE_EPOCH', 'TMPDIR', 'TZ'].sort(),
    )
  })

  test('writes nowhere but in its own directories', () => {
    expect(new Set(Object.values(parse(JSON.stringify(seen['writes']))))).toEqual(new Set(['EROFS']))
    expect(['EROFS', 'ENOENT']).toContain(seen['input'])
  })

  test('is the same user in the same place at the same time, whoever builds', () => {
    expect(seen['user']).toEqual([1000, 100, 'build'])
    expect(seen['cwd']).toBe('/build/work')
    expect(seen['zone']).toBe(0)
    expect(seen['umask']).toBe(0o022)
    expect(seen['epoch']).toBe('315532800')
    expect(seen['processes']).toBe(true)
    const tops = ['bin', 'build', 'dev', 'etc', 'lib', 'lock2build', 'proc', 'sbin', 'tmp', 'usr']
    const more = ['lib32', 'lib64', 'libx32', 'nix', 'gnu'].filter((name) => existsSync(`/${name}`))
    expect([...tops, ...more]).toEqual(expect.arrayContaining(seen['tops'] as string[]))
  })
})

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
