// One Python program out of the modules of a package: what they import from each other is taken out, and the modules follow one
// another so that each stands behind those that it needs. Names at the top of modules must differ.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** At the top of a module, where its code has not begun; whatever looks like one further down is text of its own. */
const anImport = /^\s*(?:import \S+|from (?<module>\S+) import (?:\([^)]*\)|.*))\n/
const topName = /^(?:(?:class|def) (\w+)|([A-Za-z_]\w*)(?:: [^=\n]+)? = )/gm

/** Text of the program: `main.py` is what runs, and its docstring is the program's. */
export async function joinPython(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.py')).sort()
  const modules = new Map()
  for (const name of names) modules.set(name.slice(0, -3), parseModule(await readFile(join(folder, name), 'utf8')))
  const order = []
  for (const name of modules.keys()) place(name, modules, order, [])
  failOnSameNames(order, modules)
  const imports = new Set(order.flatMap((name) => modules.get(name).imports))
  const bodies = order.map((name) => modules.get(name).body)
  return `${modules.get('main').docstring}\n\n${sortedImports(imports)}\n\n\n${bodies.join('\n\n\n')}\n`
}

function parseModule(text) {
  const [, docstring, code] = /^("""[^]*?""")\n([^]*)$/.exec(text) ?? []
  if (docstring === undefined) throw new Error('a module of the Python shim begins with its docstring')
  const [needs, imports] = [[], []]
  let body = code
  for (let found = anImport.exec(body); found !== null; found = anImport.exec(body)) {
    const { module } = found.groups
    if (module?.startsWith('.') === true) needs.push(module.slice(1))
    else imports.push(found[0].trim())
    body = body.slice(found[0].length)
  }
  body = body.trim()
  return { docstring, needs, imports, body }
}

/** `from a import b, c` of several modules become one line. */
function sortedImports(lines) {
  const members = new Map()
  for (const line of lines) {
    const [, module, list] = /^from (\S+) import ([^]+)$/.exec(line) ?? [undefined, line, '']
    const names = list.replace(/[()]/g, '').split(',')
    for (const name of names.map((each) => each.trim()).filter((each) => each !== '')) {
      members.set(module, (members.get(module) ?? new Set()).add(name))
    }
    if (list === '') members.set(module, members.get(module) ?? new Set())
  }
  const text = ([module, names]) =>
    names.size === 0 ? module : `from ${module} import ${[...names].sort().join(', ')}`
  return [...members].map(text).sort().join('\n')
}

function place(name, modules, order, above) {
  if (order.includes(name)) return
  if (above.includes(name))
    throw new Error(`modules of the Python shim need each other: ${[...above, name].join(', ')}`)
  const module = modules.get(name)
  if (module === undefined) throw new Error(`the Python shim has no module ${name}`)
  for (const need of module.needs) place(need, modules, order, [...above, name])
  order.push(name)
}

function failOnSameNames(order, modules) {
  const owners = new Map()
  for (const module of order) {
    for (const [, named, assigned] of modules.get(module).body.matchAll(topName)) {
      const name = named ?? assigned
      const other = owners.get(name)
      if (other !== undefined) throw new Error(`${name} stands in ${other}.py and ${module}.py of the Python shim`)
      owners.set(name, module)
    }
  }
}
