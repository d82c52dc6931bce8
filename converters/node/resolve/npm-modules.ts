/** npm's own resolver and what belongs to it. The only place that imports it; scripts/build.mjs makes one file of it. */
export { default as Arborist } from '@npmcli/arborist'
export { default as parseSpec } from 'npm-package-arg'
export { default as pickManifest } from 'npm-pick-manifest'
export type { IdealTree, TreeEdge, TreeNode } from '@npmcli/arborist'
