/** Which projects are compared for every package manager. */
import type { ManagedCase } from './manager-fidelity.ts'
import { cases as npmCases } from './fidelity-cases.ts'

/** What is allowed for npm's tree (leftovers of compilers) is allowed here, with the same reason. */
function like(project: string, more: Partial<ManagedCase> = {}): ManagedCase {
  const found = npmCases.find(({ name }) => name === project)
  if (found === undefined) throw new Error(`there is no project ${project}`)
  const { about, exceptions, use } = found
  return {
    project,
    about,
    ...(exceptions === undefined ? {} : { exceptions }),
    ...(use === undefined ? {} : { use }),
    ...more,
  }
}

export const managedCases: readonly ManagedCase[] = [
  like('express'),
  like('aliases'),
  like('workspace'),
  like('esbuild'),
  like('native-small'),
  like('toolchain'),
  like('vite-react', {
    application: { folder: 'lib/node_modules/fidelity-vite-react/dist/assets', holds: 'Built in a sandbox' },
  }),
  like('next'),
  like('react-scripts', {
    exceptions: [
      {
        pattern: /\/core-js(?:-pure)?\/(?:node_modules\/\.tmp\/)?core-js-banners$/,
        kind: 'missing',
        reason:
          "run by root, pnpm gives scripts a directory of the package for temporary files: core-js's leaves a note there",
      },
    ],
  }),
]

/** Those that are also laid out in each package manager's other way. */
export const linkedCases: readonly ManagedCase[] = managedCases.filter(({ project }) =>
  ['express', 'aliases', 'workspace', 'esbuild', 'toolchain', 'vite-react'].includes(project),
)
