/** A repository of Composer packages on 127.0.0.1, as Packagist serves it: packages.json, a document per package, zip archives. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ComposerPackage {
  readonly name: string
  readonly version: string
  /** Further fields of its composer.json. */
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
  /** Files that are executable. */
  readonly executable?: readonly string[]
  /** Its archive needs a user and a password. */
  readonly isPrivate?: boolean
  /** The repository tells the archive's sha1. */
  readonly hasShasum?: boolean
}

export interface Packagist {
  readonly url: string
  /** Paths that were asked for. */
  readonly requests: string[]
  /** What is added is there from now on. */
  add(pkg: ComposerPackage): void
  /** Bytes of an archive by its URL. */
  archive(url: string): Buffer
  close(): Promise<void>
}

/** `login`: `user:password` that private archives need. */
export async function startPackagist(packages: readonly ComposerPackage[], login = 'me:s3cret'): Promise<Packagist> {
  const documents = new Map<string, object[]>()
  const archives = new Map<string, { readonly bytes: Buffer; readonly isPrivate: boolean }>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    const [, name = ''] = /^\/p2\/(.*?)(?:~dev)?\.json$/.exec(path) ?? []
    const archive = archives.get(path)
    const isAllowed = request.headers.authorization === `Basic ${Buffer.from(login).toString('base64')}`
    if (path === '/packages.json') response.end(JSON.stringify({ packages: [], 'metadata-url': '/p2/%package%.json' }))
    else if (name !== '' && documents.has(name)) {
      const versions = path.includes('~dev') ? [] : documents.get(name)
      response.end(JSON.stringify({ packages: { [name]: versions } }))
    } else if (archive?.isPrivate === true && !isAllowed) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="packages"' }).end()
    } else if (archive === undefined) response.writeHead(404).end()
    else response.end(archive.bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const add = (pkg: ComposerPackage): void => {
    const { name, version, manifest, isPrivate = false, hasShasum = false } = pkg
    const bytes = packZip(pkg)
    const reference = createHash('sha1').update(`${name} ${version}`).digest('hex')
    const path = `/dist/${name}/${reference}.zip`
    archives.set(path, { bytes, isPrivate })
    const shasum = hasShasum ? createHash('sha1').update(bytes).digest('hex') : ''
    const dist = { type: 'zip', url: `${url}${path}`, reference, shasum }
    const source = { type: 'git', url: `https://git.example/${name}.git`, reference }
    const versions = documents.get(name) ?? []
    documents.set(name, [...versions, { ...manifest, name, version, dist, source, time: '2023-01-01T00:00:00+00:00' }])
  }
  for (const pkg of packages) add(pkg)
  return {
    url,
    requests,
    add,
    archive: (address) => archives.get(address.slice(url.length))?.bytes ?? Buffer.of(),
    close: () => new Promise((done) => void server.close(() => done())),
  }
}

/** With one directory at the top, as forges pack; by PHP itself, which knows of executable files. */
export function packZip({ name, version, manifest, files = {}, executable = [] }: ComposerPackage): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'))
  const top = `${name.replace('/', '-')}-${version}`
  const entries = Object.entries({ 'composer.json': JSON.stringify({ name, ...manifest }), ...files }).map(
    ([path, text]) => ({ path: `${top}/${path}`, text, mode: executable.includes(path) ? 0o100755 : 0o100644 }),
  )
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(entries))
  const code = `
    $zip = new ZipArchive();
    $zip->open($argv[1] . '/made.zip', ZipArchive::CREATE);
    foreach (json_decode(file_get_contents($argv[1] . '/entries.json'), true) as $entry) {
      $zip->addFromString($entry['path'], $entry['text']);
      $zip->setExternalAttributesName($entry['path'], ZipArchive::OPSYS_UNIX, $entry['mode'] << 16);
      $zip->setMtimeName($entry['path'], 1600000000);
    }
    $zip->close();`
  execFileSync('php', ['-r', code, folder])
  const bytes = readFileSync(join(folder, 'made.zip'))
  rmSync(folder, { recursive: true })
  return bytes
}
