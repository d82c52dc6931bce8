/** The addresses of an archive in the order in which Composer asks them (composer/composer, Util/ComposerMirror.php). */
import { createHash } from 'node:crypto'
import type { Fields } from '../../../../src/text/fields.ts'

export interface Archive {
  readonly name: string
  readonly version: string
  readonly type: string
}

/** `url` and the mirrors of `dist`: those that are preferred first, the last of them foremost. */
export function addressesOf(dist: Fields, url: string, archive: Archive): readonly string[] {
  const reference = dist.raw('reference')
  const fill = (text: string) => fillIn(text, archive, typeof reference === 'string' ? reference : '')
  const urls = [fill(url)]
  for (const mirror of dist.objects('mirrors') ?? []) {
    const written = mirror.requiredText('url')
    if (written === undefined) continue
    if (mirror.boolean('preferred') === true) urls.unshift(fill(written))
    else urls.push(fill(written))
  }
  return [...new Set(urls)]
}

function fillIn(url: string, { name, version, type }: Archive, reference: string): string {
  const values: Readonly<Record<string, string>> = {
    package: name,
    version: word(normalizeVersion(version), (text) => !text.includes('/')),
    prettyVersion: version,
    reference: word(reference, (text) => /^[a-f0-9]*$/.test(text)),
    type,
  }
  return url.replace(/%(package|version|prettyVersion|reference|type)%/g, (_, key: string) => values[key] ?? '')
}

function word(text: string, isPlain: (text: string) => boolean): string {
  return isPlain(text) ? text : createHash('md5').update(text).digest('hex')
}

/** `v1.2` → `1.2.0.0`, `1.0-beta2` → `1.0.0.0-beta2`, as far as releases are written so; anything else stays (composer/semver). */
function normalizeVersion(version: string): string {
  const [, numbers, stability = ''] = /^v?(\d+(?:\.\d+){0,3})(-(?:alpha|beta|RC|patch)[.\d]*)?$/.exec(version) ?? []
  if (numbers === undefined) return version
  const parts = numbers.split('.')
  return [...parts, ...Array.from({ length: 4 - parts.length }, () => '0')].join('.') + stability
}
