/** The command `pack`: builds as `package` does, then npm (or Yarn 2 and later) packs the project as for publishing; the tarball stands alone in `out`. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { ownFiles } from './clean-up.ts'
import { copyTree } from './copy-tree.ts'
import { fail } from './failure.ts'
import { loadPackageJob } from './job-reader.ts'
import { filesBelow } from './manifest.ts'
import { runNpm } from './npm.ts'
import { buildProject, loadProjectManifest } from './project.ts'
import type { Project } from './project.ts'
import { restoreCopies, restoreShebangs } from './shebangs.ts'
import { withPool } from './worker-pool.ts'

export async function pack(jobFile: string, shim: URL): Promise<void> {
  const job = loadPackageJob(jobFile)
  await withPool(job.workers, shim, async (pool) => packProject(await buildProject(job, pool)))
}

async function packProject(project: Project): Promise<void> {
  const { job, dir } = project
  const source = dir === '' ? job.work : `${job.work}/${dir}`
  // What is published must start anywhere, not with this build's interpreters.
  restoreShebangs(project.patched)
  restoreCopies(ownFiles(source), project.patched)
  await bringBundled(project)
  mkdirSync(job.out, { recursive: true })
  const said = project.berry === undefined ? await packByNpm(project, source) : await packByBerry(project, source)
  if (!readdirSync(job.out).some((name) => name.endsWith('.tgz'))) fail(`no tarball was written:\n${said}`)
  for (const path of [job.work, `${job.work}.state`, project.nodedir]) rmSync(path, { recursive: true, force: true })
}

async function packByNpm({ job, npm, env }: Project, source: string): Promise<string> {
  const run = await runNpm(npm, ['pack', source, ...job.npmFlags], { cwd: job.out, env })
  if (run.code !== 0) fail(`npm pack failed:\n${run.stderr.trim()}`)
  return run.stderr.trim()
}

/** Yarn puts versions where members of the workspace are asked for by `workspace:`. The file is called as npm calls it. */
async function packByBerry(project: Project, source: string): Promise<string> {
  const { name = 'package', version = '0.0.0' } = loadProjectManifest(project)
  const file = `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`
  const run = await project.berry?.runIn(source, ['pack', '--filename', `${project.job.out}/${file}`])
  if (run?.code !== 0) fail(`yarn pack failed:\n${run?.output.trim() ?? ''}`)
  return run.output.trim()
}

/** Bundled dependencies go into the tarball as files; npm does not follow links out of the project. */
async function bringBundled(project: Project): Promise<void> {
  const { json } = loadProjectManifest(project)
  if (!json['bundleDependencies'] && !json['bundledDependencies']) return
  const { job, dir, pool, mark } = project
  const path = dir === '' ? 'node_modules' : `${dir}/node_modules`
  if (mark === undefined) {
    rmSync(`${job.work}/${path}`, { recursive: true, force: true })
    await copyTree(`${job.modules}/${path}`, `${job.work}/${path}`, pool, { as: 'writable' })
  }
  const usual = { file: '', before: '#!/usr/bin/env node', after: `#!${process.execPath}` }
  const files = filesBelow(`${job.work}/${path}`, '').map((file) => `${job.work}/${path}/${file}`)
  restoreCopies(files, [usual])
}
