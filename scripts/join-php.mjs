// One PHP program out of the files of a folder: their functions follow one another, and main.php, which runs, comes last. A file that
// is called plugin.php becomes a text that the others name PLUGIN: a program of its own, for another process.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const module = /^<\?php\n(?<about>\/\*[^]*?\*\/)\n\n(?<namespace>namespace [^\n]+;)\n(?<code>[^]*)$/

/** Text of the program: what stands at the head of main.php is the program's. */
export async function joinPhp(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.php')).sort()
  const files = new Map()
  for (const name of names) files.set(name.slice(0, -4), parseModule(name, await readFile(join(folder, name), 'utf8')))
  const { main, plugin, ...others } = Object.fromEntries(files)
  const bodies = Object.values(others).map((file) => codeOf(file, main.namespace))
  return `<?php\n${main.about}\n\n${[main.namespace, asText(plugin), ...bodies, main.code].join('\n\n')}\n`
}

function parseModule(name, text) {
  const found = module.exec(text)?.groups
  if (found === undefined)
    throw new Error(`${name} of the PHP shim does not begin with what it is about and its namespace`)
  return { ...found, name, code: found.code.trim() }
}

function codeOf({ name, namespace, code }, expected) {
  if (namespace !== expected) throw new Error(`${name} of the PHP shim has a namespace of its own`)
  return code
}

/** As a nowdoc, in which nothing is replaced. */
function asText({ name, about, namespace, code }) {
  if (/^\s*PHP\b/m.test(code)) throw new Error(`a line of ${name} would end the text that it becomes`)
  return `${about}\nconst PLUGIN = <<<'PHP'\n${namespace}\n\n${code}\n\nPHP;`
}
