/** Yarn 1: what stands where and its bins (yarn-arrange.ts, yarn-bins.ts), and the environment of its scripts (execute-lifecycle-script.js). */
import { adviceOf, checkNeeds } from '../../check-needs.ts'
import { isRecord } from '../../json-value.ts'
import type { JsonRecord } from '../../json-value.ts'
import { runLifecycle } from '../../lifecycle.ts'
import type { LifecycleRules, ScriptBuilding, ScriptTree } from '../../lifecycle.ts'
import type { ManagerRules } from '../../manager.ts'
import { installEvents } from '../../manifest.ts'
import type { OwnScriptRules } from '../../own-scripts/own-scripts.ts'
import type { Environment } from '../../run-program.ts'
import type { Tree } from '../../tree.ts'
import { arrangeYarn } from './yarn-arrange.ts'
import { linkYarnBins } from './yarn-bins.ts'
import { installWithYarn } from './yarn-install.ts'

const lifecycle: LifecycleRules = { environment, binDirs: ownBins }

export const yarnClassicRules: ManagerRules = {
  arrange: arrangeYarn,
  install: installWithYarn,
  linkBins: linkYarnBins,
  runScripts: (tree, building) => runLifecycle(tree, building, lifecycle),
  lifecycle,
  ownScripts: ({ job }) => ownScripts(job.omit.includes('dev')),
  checkTree: async (tree) => checkNeeds(tree, { of: 'locals', advice: adviceOf('yarn') }),
}

/** yarn's install.js, init and the steps before it: what publishing needs too is not run in production. */
function ownScripts(isProduction: boolean): OwnScriptRules {
  return {
    first: ['preinstall'],
    member: installEvents,
    project: ['install', 'postinstall', ...(isProduction ? [] : ['prepublish', 'prepare'])],
  }
}

/** yarn links the bins of what a package needs into the package itself; a workspace's own come after. */
function ownBins(path: string, { locals }: Tree): readonly string[] {
  const isWorkspace = locals.get('')?.json['workspaces'] !== undefined
  return [`${path}/node_modules/.bin`, ...(isWorkspace ? ['node_modules/.bin'] : [])]
}

function environment(path: string, { manifests }: ScriptTree, { job, spec }: ScriptBuilding): Environment {
  const version = spec.plan.manager?.version ?? ''
  return {
    ...packageEnvironment(manifests.get(path)?.json ?? {}),
    npm_config_argv: JSON.stringify({
      remain: [],
      cooked: ['install'],
      original: ['install', '--frozen-lockfile', '--offline'],
    }),
    npm_config_bin_links: 'true',
    npm_config_ignore_optional: '',
    npm_config_ignore_scripts: '',
    npm_config_init_license: 'MIT',
    npm_config_init_version: '1.0.0',
    npm_config_save_prefix: '^',
    npm_config_strict_ssl: 'true',
    npm_config_user_agent: `yarn/${version} npm/? node/${process.version} ${process.platform} ${process.arch}`,
    ...(job.omit.includes('dev') ? { NODE_ENV: 'production' } : {}),
  }
}

/** A member of every depth is a variable: `npm_package_config_port`. */
function packageEnvironment(manifest: JsonRecord): Environment {
  const variables: Record<string, string> = {}
  const queue: (readonly [string, unknown])[] = [['', manifest]]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [key, value] = next
    if (isRecord(value) || Array.isArray(value)) {
      for (const [name, member] of Object.entries(value)) {
        const full = key === '' ? name : `${key}_${name}`
        if (full !== '' && !full.startsWith('_') && !notExported.has(full)) queue.push([full, member])
      }
    } else if (value !== null) {
      const text = String(value)
      variables[`npm_package_${key.replace(/\W/g, '_')}`] = text.includes('\n') ? JSON.stringify(text) : text
    }
  }
  return variables
}

const notExported: ReadonlySet<string> = new Set(['readme', 'notice', 'licenseText', 'activationEvents', 'contributes'])
