/** Small projects whose packages are made here, installed by the bundled shim alone. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { InstallJob, PackageJob } from '../../converters/node/build/job.ts'
import { hostNode } from './node-prefix.ts'
import type { NodePrefix } from './node-prefix.ts'
import { writeNixProject } from './nix-project.ts'
import type { TestProject } from './nix-project.ts'
import { installWithShim, runShim } from './shim-run.ts'
import type { Installed } from './shim-run.ts'

export interface ShimProject {
  readonly folder: string
  /** Runs the shim; everything it made is removed with the project. */
  install(job?: Partial<InstallJob>, node?: NodePrefix): Promise<Installed>
  /** The same for the application or its tarball, on finished trees. */
  build(command: 'package' | 'pack', job: BuildJob, node?: NodePrefix): Promise<Installed>
  /** Writes a file beside the project, for a job to name; returns its path. */
  write(path: string, text: string): string
  remove(): void
}

type BuildJob = Pick<PackageJob, 'modules' | 'productionModules'> & Partial<PackageJob>

export async function makeShimProject(project: TestProject): Promise<ShimProject> {
  const { folder, seed, remove } = writeNixProject(project)
  const archives = new Map<string, Uint8Array>()
  await seed({ add: async (files) => files.forEach(({ name, bytes }) => archives.set(name, bytes)) })
  const made: string[] = []
  return {
    folder,
    install: async (job = {}, node = hostNode()) => {
      const installed = await installWithShim({ node, folder, job, archives })
      made.push(installed.dir)
      return installed
    },
    build: async (command, job, node = hostNode()) => {
      const dir = mkdtempSync(join(tmpdir(), 'lock2build-shim-'))
      made.push(dir)
      const full: PackageJob = {
        spec: join(folder, 'lock2build/spec.json'),
        src: folder,
        buildScript: 'build',
        member: null,
        npm: join(node.prefix, 'lib/node_modules/npm/bin/npm-cli.js'),
        nodedir: node.prefix,
        workers: 2,
        npmFlags: [],
        work: join(dir, 'work'),
        out: join(dir, 'out'),
        ...job,
      }
      writeFileSync(join(dir, 'job.json'), JSON.stringify(full))
      return { ...(await runShim(node, command, join(dir, 'job.json'))), dir, out: full.out }
    },
    write: (path, text) => {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    remove: () => {
      remove()
      for (const dir of made) rmSync(dir, { recursive: true, force: true })
    },
  }
}
