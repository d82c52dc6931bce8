/**
 * Bun. Hoisted, it links bins where npm does; isolated, every node_modules has a `.bin` for what stands in it, links included, but for
 * the one that holds a link to everything. Programs that are binaries are linked to the package of this system.
 */
import { existsSync } from 'node:fs'
import { findNeed, needIndex } from '../../../../layout/find-need.ts'
import { linkBins } from '../../bin-links.ts'
import { contestRules } from './contested-bins.ts'
import { installWithBun } from './bun-install.ts'
import { adviceOf, checkNeeds } from '../../check-needs.ts'
import { textsAt } from '../../json-value.ts'
import { runLifecycle } from '../../lifecycle.ts'
import type { LifecycleRules } from '../../lifecycle.ts'
import type { ManagerRules } from '../../manager.ts'
import { installEvents } from '../../manifest.ts'
import type { OwnScriptRules } from '../../own-scripts/own-scripts.ts'
import type { Tree } from '../../tree.ts'

const lifecycle: LifecycleRules = {
  environment: (_path, { root }, { spec }) => ({
    npm_config_local_prefix: root,
    npm_config_user_agent: `bun/${spec.plan.manager?.version ?? ''} npm/? node/${process.version} ${process.platform} ${process.arch}`,
  }),
}

/** Hooks of Bun, lifecycle_script_runner. */
const ownScripts: OwnScriptRules = {
  member: [...installEvents, 'prepare'],
  by: 'stages',
  project: [...installEvents, 'preprepare', 'prepare', 'postprepare'],
}

export const bunRules: ManagerRules = {
  install: installWithBun,
  linkBins: (tree, { spec }) =>
    linkBins(withoutHoistedLinks(tree), {
      findTarget: (path, name, file) => findNative(tree, path, { name, file }),
      ...contestRules(tree, spec.plan.manager?.version ?? ''),
    }),
  runScripts: (tree, building) => runLifecycle(tree, building, lifecycle),
  lifecycle,
  ownScripts: () => ownScripts,
  checkTree: async (tree, { spec }) => {
    const whole = needIndex(Object.keys(spec.plan.places))
    const isLeftOut = (path: string, name: string): boolean => findNeed(whole, path, name) !== undefined
    checkNeeds(tree, { of: 'locals', advice: adviceOf('bun'), isLeftOut })
  },
}

const HOISTED = 'node_modules/.bun/node_modules/'

function withoutHoistedLinks(tree: Tree): Tree {
  if (![...tree.places.keys()].some((path) => path.startsWith(HOISTED))) return tree
  return { ...tree, places: new Map([...tree.places].filter(([path]) => !path.startsWith(HOISTED))) }
}

/** The program in the first optional dependency that is here and has it: where its package has it, or at the top, under its name. */
function findNative(
  { root, places, manifests, index }: Tree,
  path: string,
  { name, file }: { readonly name: string; readonly file: string },
): string | undefined {
  const own = places.get(path)?.link ?? path
  const manifest = places.get(own)?.native === true ? manifests.get(own) : undefined
  for (const need of Object.keys(textsAt(manifest?.json ?? {}, 'optionalDependencies'))) {
    const found = findNeed(index, own, need)
    if (found === undefined) continue
    const real = places.get(found)?.link ?? found
    for (const candidate of [file, name]) if (existsSync(`${root}/${real}/${candidate}`)) return `${real}/${candidate}`
  }
  return undefined
}
