/** Digests that Composer 2.5 computes of these manifests. */
import { expect, test } from 'vitest'
import { contentHash } from '../../../../converters/php/readers/composer-lock/content-hash.ts'

const known = [
  [
    'other letters, escapes, and empty objects, which PHP takes for empty lists',
    '4bffce472d53a2ac5747f07a4dd28773',
    String.raw`{"name": "acme/ünïcode", "description": "not hashed", "require": {"a/b": "^1.0"}, "extra": {"url": "https://example.org/ä/😀", "empty": {}, "list": [], "nested": {"on": true, "off": false, "none": null, "count": 3}, "quote": "a\"b\\c\t\u007f"}}`,
  ],
  [
    'an empty platform',
    '0dbde59ba2dbbf1891044483d8f84e1f',
    String.raw`{"require": {}, "config": {"platform": {}, "sort-packages": true}}`,
  ],
  [
    'all that counts, in another order',
    'a1ed5f672ea84b7f732e56371b62e2c4',
    String.raw`{"require-dev": {"x/y": "*"}, "config": {"platform": {"php": "8.1.0", "ext-intl": false}}, "repositories": [{"type": "path", "url": "../x/*", "options": {"symlink": false}}, {"packagist.org": false}], "minimum-stability": "dev", "prefer-stable": true, "version": "1.0.0", "conflict": {"a/b": "<1"}, "replace": {"c/d": "self.version"}, "provide": {"e/f": "1.0"}}`,
  ],
  ['nothing that counts', 'd751713988987e9331980363e24189ce', String.raw`{"description": "nothing that counts"}`],
] as const

test.each(known)('of %s', (_, hash, text) => {
  expect(contentHash(JSON.parse(text))).toBe(hash)
})

test.each([
  ['numbers as keys, whose order JavaScript forgets', '{"extra":{"list":{"1":"b","0":"a"}}}'],
  ['fractions, which PHP prints by itself', '{"extra":{"ratio":1.5}}'],
  ['no object', '[]'],
])('of %s nothing is said', (_, text) => {
  expect(contentHash(JSON.parse(text))).toBeUndefined()
})
