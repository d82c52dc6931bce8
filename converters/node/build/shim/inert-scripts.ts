/**
 * Install scripts that leave nothing in the tree, known by their command and the digest of the one file that it runs: each was read.
 * core-js asks for support, and notes in the directory for temporary files that it did; es5-ext calls for peace where a clock shows the
 * time of Moscow; protobufjs warns of ranges in the manifest above it.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

/** By path in the package: sha256, hex. */
const inertFiles: Readonly<Record<string, readonly string[]>> = {
  '_postinstall.js': [
    '053c5c767ec80e53de750bd526cee3ed00f56792ec90e0004c1bb499b26c9f77',
    '14a41b7fbe098672ec908d5ee43ab98f62f80e2d26551bb22b5e90c2a3632a56',
    '16c3891cae071e341906459bfa83ad55978c8a7b5085506dfdb77dfda00eb3d6',
    '5dd190b1792cb7ac5623c74fb28f34e3753b3a66b2fc28dc11c2e60bf3227979',
    '7c5c7eb09a87c96e2b11c84124dd9368943a83fea01a187a9d68cf8893acc299',
    'a79b7495fe78235cc215b79736080fee8bc3ef0c5aa04acbd8926d0b4aaf1397',
  ],
  'postinstall.js': [
    '1f5c443b6b5052c639583bf4ad90836e34196f6ec0f41019e199e5aaa7abee56',
    '39ef60117cf03932e02d1e499d13a0f429a30cb9f3e906d8342a5dff9b0c3e26',
    '466d97b5c31789ceff555273b9c79bdbff031d4fcd04613bc97a831c1fe95e48',
    '49cadc2e50d82bb43a2718b685a910fef9698af79fee47c76f9972315f36a37b',
    '4d39d7a48d3346baac54fd930a0b0713a350c080e45801964d45896f02755fb1',
    '5562bfee5962697e28e9245cbdb4b4bdc3382609429b75c58076018b5724eb3c',
    '6d8097e1940a6de841399f4b46993dfd6aa2571111220f357b146a06c5de506c',
    '83798192181df96f6a88e4f841afd91dc214cf6c5f4bbd29e1ae0eaaebc8b625',
    'a6053f284079b39a4fe470fa4b04547cd50cbc30c7a3273192bb623a86ab6726',
    'a73c97b3cb3394ce0e7b01bd1b8419a5b04a52a3495faadfdf500fd0ad41c51b',
    'add5f4dee72d065327a06b8f2460084ff363ffa80d49ac69accfe70d0de6555d',
    'b95d2dc1d422980dba2234b5d2e52ab26e298580a44dfccd7b2515bfb684b0cb',
    'c2a3c8b8d7ecfc70f2c3f26660ea29802dfc13cf1c0735a658656e6447af19f1',
    'c6b6650de196b74e0e186ed56f11e0645d3676d70ff071caefa58aed18499b72',
    'd3b9868d8e5e1f0d63dd75538d15b94deafc10b38fde22dc95ad30b32f83ab8a',
    'dfe6189722380a5784b465ce14e09a138548669b37ba701273410e70d526db42',
    'ebad4924b8af6100adfc84ce4a75e309172e5521ffe21039511374781ec82acb',
  ],
  'scripts/postinstall.js': [
    '2b0a991ed8db16aeb9df9f2a5b49e280946e038c06ddb994915e170437e23e1e',
    '5af8463b97ee8e309b4a2111f9479bacdf0c180de0ca0155527679b1fc6d9e6c',
    'ed10d1471beb7c41df15bc43ec28fb487fe384c38e4c9454a6befa9fe15c9203',
  ],
}

/** `node ./scripts/postinstall`, `node -e "try{require('./postinstall')}catch(e){}" || exit 0`: what is run, without `.js`. */
const RUNS =
  /^ *node (?:-e "try\{require\('\.\/(\w+)'\)\}catch\(e\)\{\}"|(?:\.\/)?(\w+(?:\/\w+)?)(?:\.js)?)(?: \|\| (?:exit 0|echo "ignore"))?$/

/** `scripts`: event → command, of the package that stands in `directory`. */
export function areInert(scripts: ReadonlyMap<string, string>, directory: string): boolean {
  const [, required, run] = RUNS.exec(scripts.get('postinstall') ?? '') ?? []
  const path = required ?? run
  // node would rather run a file of the very name.
  if (path === undefined || scripts.size > 1 || existsSync(`${directory}/${path}`)) return false
  const known = inertFiles[`${path}.js`] ?? []
  const file = `${directory}/${path}.js`
  return (
    known.length > 0 &&
    existsSync(file) &&
    known.includes(createHash('sha256').update(readFileSync(file)).digest('hex'))
  )
}
