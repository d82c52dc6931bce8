// Makes CommonJS of what esbuild splits, which it can do to ECMAScript modules only. Node needs a third of its own start for the first
// ECMAScript module, and runs these at once. Chunks import each other in no circle, and export what never changes afterwards, so an
// import may be a look-up when the file begins.
import vm from 'node:vm'
import { ascii } from './ascii.mjs'

/** Names that every CommonJS file is given. */
const given = /^(?:var|let|const|function|class|async function) (?:require|module|exports|__filename|__dirname)\b/m

/** `text`: a file of esbuild's, in its spelling of imports and exports. Throws when something is left that only a module may say. */
export function commonJs(path, text) {
  const converted = text
    .replaceAll(
      /^import \{([^}]*)\} from ("[^"\n]+");$/gm,
      (_, names, from) => `const {${taken(names)}} = require(${from});`,
    )
    .replaceAll(/^import (?:\* as )?(\w+) from ("[^"\n]+");$/gm, 'const $1 = require($2);')
    .replaceAll(
      /^import (\w+), \{([^}]*)\} from ("[^"\n]+");$/gm,
      (_, whole, names, from) => `const ${whole} = require(${from}), {${taken(names)}} = ${whole};`,
    )
    .replace(/^export \{([^}]*)\};$/m, (_, names) => `module.exports = {${givenAway(names)}};`)
    .replaceAll(/\bimport\(("[^"\n]+")\)/g, 'Promise.resolve().then(() => require($1))')
    .replaceAll('import.meta.dirname', '__dirname')
    .replaceAll('import.meta.url', 'require("node:url").pathToFileURL(__filename)')
  const [, begin = '', rest] = /^(#!.*\n)?([^]*)$/.exec(converted)
  if (given.test(rest)) throw new Error(`${path} has a name that CommonJS gives to every file: ${given.exec(rest)[0]}`)
  const script = ascii(`"use strict";\n${rest}`)
  vm.compileFunction(script, [], { filename: path })
  return begin + script
}

const taken = (names) => names.replaceAll(/(\w+) as (\w+)/g, '$1: $2')
const givenAway = (names) => names.replaceAll(/(\w+) as (\w+)/g, '$2: $1')
