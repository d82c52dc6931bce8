// `npm run bench [-- convert layout …]`: every benchmark, or the named ones. Ratios in one run; exit 1 when a promise is not kept.
import { readdirSync } from 'node:fs'

const own = new Set(['run.mjs', 'aside.mjs', 'large-python.mjs', 'measure.mjs', 'mirror.mjs', 'remove-sealed.mjs'])
const all = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.mjs') && !own.has(name))
  .map((name) => name.slice(0, -4))
  .sort()
const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n# ${name}`)
  await import(new URL(`${name}.mjs`, import.meta.url).href)
}
