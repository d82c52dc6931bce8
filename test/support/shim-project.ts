/** Small projects whose packages are made here, installed by the bundled shim alone. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { InstallJob } from '../../converters/node/build/job.ts'
import { hostNode } from './node-prefix.ts'
import type { NodePrefix } from './node-prefix.ts'
import { writeNixProject } from './nix-project.ts'
import type { TestProject } from './nix-project.ts'
import { installWithShim } from './shim-run.ts'
import type { Installed } from './shim-run.ts'

export interface ShimProject {
  readonly folder: string
  /** Runs the shim; everything it made is removed with the project. */
  install(job?: Partial<InstallJob>, node?: NodePrefix): Promise<Installed>
  /** Writes a file beside the project, for a job to name; returns its path. */
  write(path: string, text: string): string
  remove(): void
}

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
