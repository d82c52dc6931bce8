/**
 * Git repositories made from file trees, served on 127.0.0.1 over smart http (`git http-backend`) and `git://` (`git daemon`).
 *
 *   const git = await startGit()
 *   const rev = await git.commit('hello', { 'package.json': '{}', 'run.sh': { content: '…', mode: 0o755 }, l: { symlink: 'run.sh' } })
 *   git.httpUrl('hello')   // http://127.0.0.1:PORT/hello.git
 *   git.daemonUrl('hello') // git://127.0.0.1:PORT/hello.git
 *   await git.close()      // removes the repositories too
 *
 * Commits have fixed names and dates, so the same trees give the same revs. `branch` and `tag` say where a commit is put.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type GitFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly symlink: string }
  /** A submodule entry: the commit it points to. */
  | { readonly submodule: string }

export interface GitOptions {
  /** `user:password` that http needs. */
  readonly auth?: string
  /** false: http talks protocol version 0, in which only commits a ref points to can be asked for. */
  readonly anyCommit?: boolean
}

export interface CommitOptions {
  /** Default `main`. The commit follows what is there. */
  readonly branch?: string
  readonly tag?: string
}

export interface LoopbackGit {
  readonly root: string
  /** Path and query of every http request. */
  readonly requests: string[]
  /** Makes the repository when it is not there; returns the new commit's rev. */
  commit(name: string, files: Readonly<Record<string, GitFile>>, options?: CommitOptions): Promise<string>
  httpUrl(name: string): string
  daemonUrl(name: string): string
  close(): Promise<void>
}

export async function startGit(options: GitOptions = {}): Promise<LoopbackGit> {
  const root = await mkdtemp(join(tmpdir(), 'loopback-git-'))
  const requests: string[] = []
  const web = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (!isAllowed(options.auth, request.headers.authorization)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    answerWithBackend(root, options.anyCommit ?? true, request, response)
  })
  const daemon = createSocketServer((socket) => answerWithDaemon(root, socket))
  const ports = [await listen(web), await listen(daemon)]
  return {
    root,
    requests,
    commit: (name, files, commitOptions) => commit(join(root, `${name}.git`), files, commitOptions ?? {}),
    httpUrl: (name) => `http://127.0.0.1:${ports[0]}/${name}.git`,
    daemonUrl: (name) => `git://127.0.0.1:${ports[1]}/${name}.git`,
    close: async () => {
      web.closeAllConnections()
      await Promise.all([close(web), close(daemon)])
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function commit(
  repository: string,
  files: Readonly<Record<string, GitFile>>,
  options: CommitOptions,
): Promise<string> {
  if (!existsSync(repository)) await git(['init', '--quiet', '--bare', '--initial-branch=main', repository])
  const ref = `refs/heads/${options.branch ?? 'main'}`
  const before = await git(['-C', repository, 'for-each-ref', '--format=%(objectname)', ref])
  const parts: (string | Uint8Array)[] = [
    `commit ${ref}\nauthor A <a@example.org> 1000000000 +0000\ncommitter A <a@example.org> 1000000000 +0000\ndata 6\ncommit\n`,
    before === '' ? '' : `from ${before}\n`,
    'deleteall\n',
  ]
  for (const [path, file] of Object.entries(files)) parts.push(...fileCommand(path, file))
  await git(
    ['-C', repository, 'fast-import', '--quiet', '--force'],
    Buffer.concat(parts.map((part) => Buffer.from(part))),
  )
  const rev = await git(['-C', repository, 'rev-parse', ref])
  if (options.tag !== undefined) await git(['-C', repository, 'tag', options.tag, rev])
  return rev
}

function fileCommand(path: string, file: GitFile): (string | Uint8Array)[] {
  if (typeof file === 'string' || file instanceof Uint8Array) return inline('100644', path, file)
  if ('symlink' in file) return inline('120000', path, file.symlink)
  if ('submodule' in file) return [`M 160000 ${file.submodule} ${path}\n`]
  return inline((file.mode & 0o100) === 0 ? '100644' : '100755', path, file.content)
}

function inline(mode: string, path: string, content: string | Uint8Array): (string | Uint8Array)[] {
  return [`M ${mode} inline ${path}\ndata ${Buffer.byteLength(content)}\n`, content, '\n']
}

/** Runs git with no configuration but the repository's own. */
function git(args: readonly string[], input?: Uint8Array): Promise<string> {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  const child = spawn('git', args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(output.trim()) : reject(new Error(`git ${args.join(' ')}: exit ${code}`)),
    )
  })
}

/** CGI, as far as git needs it. https://git-scm.com/docs/git-http-backend */
function answerWithBackend(root: string, anyCommit: boolean, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git')
  const protocol = request.headers['git-protocol']
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    REMOTE_ADDR: '127.0.0.1',
    GIT_PROTOCOL: anyCommit && typeof protocol === 'string' ? protocol : '',
  }
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf('\r\n\r\n')
    const headers = output.subarray(0, end).toString('latin1').split('\r\n')
    for (const line of headers) {
      const colon = line.indexOf(':')
      const value = line.slice(colon + 1).trim()
      if (line.slice(0, colon).toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(line.slice(0, colon), value)
    }
    response.end(output.subarray(end + 4))
  })
}

function answerWithDaemon(root: string, socket: Socket): void {
  const child = spawn('git', ['daemon', '--inetd', '--export-all', `--base-path=${root}`, root], {
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  socket.on('error', () => child.kill())
  child.stdin.on('error', () => {})
  socket.pipe(child.stdin)
  child.stdout.pipe(socket)
}

function isAllowed(auth: string | undefined, given: string | undefined): boolean {
  return auth === undefined || given === `Basic ${Buffer.from(auth).toString('base64')}`
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
