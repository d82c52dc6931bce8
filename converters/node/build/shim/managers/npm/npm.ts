/**
 * npm: it judges the tree itself, where the shim cannot. Scripts run in the order and the environment of `npm ci` (arborist's rebuild.js
 * and @npmcli/run-script), without loading the tree once more, which takes npm seconds; npm 6 runs them by itself.
 */
import { linkBins } from '../../bin-links.ts'
import { checkTree } from './check-tree.ts'
import { runLifecycle } from '../../lifecycle.ts'
import type { LifecycleRules, ScriptBuilding, ScriptTree } from '../../lifecycle.ts'
import { isRecord, recordAt } from '../../json-value.ts'
import type { ManagerRules } from '../../manager.ts'
import { compareAsNpm } from './npm-order.ts'
import { npmOwnScripts } from './npm-own-scripts.ts'
import type { Environment } from '../../run-program.ts'
import { runScripts } from './run-scripts.ts'
import { placeDepth } from '../../selection.ts'

const lifecycle: LifecycleRules = { by: 'stages', order: shallowFirst, environment, binDirs }

export const npmRules: ManagerRules = {
  linkBins: (tree) => linkBins(tree),
  checkTree,
  runScripts: (tree, building) =>
    building.npm.major <= 6 ? runScripts(tree, building) : runLifecycle(tree, building, lifecycle),
  lifecycle,
  ownScripts: ({ npm }) => npmOwnScripts(npm),
}

function shallowFirst(paths: readonly string[]): readonly string[] {
  return [...paths].sort((a, b) => placeDepth(a) - placeDepth(b) || compareAsNpm(a, b))
}

/** Of every directory above the package, whether it has packages or not; nothing above the project has any. */
function binDirs(path: string): readonly string[] {
  const parts = path.split('/')
  return parts
    .map((_, at) => [...parts.slice(0, parts.length - at), 'node_modules/.bin'].join('/'))
    .concat('node_modules/.bin')
}

function environment(path: string, tree: ScriptTree, building: ScriptBuilding): Environment {
  const { npm, job, env } = building
  const { prefix } = npm
  const agent = `npm/${npm.version} node/${process.version} ${process.platform} ${process.arch} workspaces/false`
  return {
    COLOR: '0',
    EDITOR: 'vi',
    npm_command: 'ci',
    npm_config_global_prefix: prefix,
    npm_config_init_module: `${env['HOME'] ?? ''}/.npm-init.js`,
    npm_config_local_prefix: tree.root,
    npm_config_noproxy: '',
    npm_config_npm_version: npm.version,
    npm_config_prefix: prefix,
    npm_config_user_agent: agent,
    ...(job.omit.length === 0 ? {} : { npm_config_omit: job.omit.join('\n\n') }),
    // npm sets NODE_ENV for scripts when development dependencies are left out.
    ...(job.omit.includes('dev') ? { NODE_ENV: 'production' } : {}),
    ...packageEnvironment(path, tree, building),
  }
}

/** @npmcli/run-script, package-envs.js and set-path.js; what arborist adds of its node. */
function packageEnvironment(path: string, { manifests, places }: ScriptTree, { spec }: ScriptBuilding): Environment {
  const { flags = [], resolved, source } = places.get(path) ?? {}
  const { json = {} } = manifests.get(path) ?? {}
  const locked = source === undefined ? undefined : spec.sources[source]
  const url = resolved ?? (locked !== undefined && 'urls' in locked ? locked.urls[0] : undefined)
  const flag = (name: string): string => (flags.some((each) => each === name) ? '1' : '')
  return {
    ...flattened('npm_package_bin', recordAt(json, 'bin')),
    ...flattened('npm_package_config', recordAt(json, 'config')),
    ...flattened('npm_package_engines', recordAt(json, 'engines')),
    // The project itself is no node of that tree.
    ...(path === ''
      ? {}
      : {
          npm_package_dev: flag('dev'),
          npm_package_dev_optional: flag('devOptional'),
          npm_package_integrity: locked?.hash ?? 'null',
          npm_package_optional: flag('optional'),
          npm_package_peer: flag('peer'),
          npm_package_resolved: url ?? 'null',
        }),
  }
}

function flattened(prefix: string, value: unknown): Environment {
  if (Array.isArray(value) || isRecord(value)) {
    return Object.assign({}, ...Object.entries(value).map(([key, each]) => flattened(`${prefix}_${key}`, each)))
  }
  if (value === undefined) return {}
  return { [prefix]: value === null || value === false ? '' : String(value) }
}
