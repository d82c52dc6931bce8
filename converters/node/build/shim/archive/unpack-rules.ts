/** How an archive becomes a directory, where package managers differ. By name, because worker threads are told a name. */
import type { ManagerName } from '../../../node-plan.ts'

export interface UnpackRules {
  /** npm alone: a package's .gitignore becomes .npmignore, where it has none. */
  readonly renamesGitignore: boolean
  /** A package stays where it was unpacked, and nothing comes into it but the packages that the lock file puts there. */
  readonly isFinal: boolean
  /** The file's mode from the archive's. */
  fileMode(mode: number): number
}

const plain: UnpackRules = {
  renamesGitignore: false,
  isFinal: false,
  fileMode: (mode) => ((mode & 0o777) | 0o644) & ~0o022,
}

/** A store of pnpm's knows only whether a file is executable. */
const executableOrNot: UnpackRules = {
  renamesGitignore: false,
  isFinal: false,
  fileMode: (mode) => ((mode & 0o111) === 0 ? 0o644 : 0o755),
}

const rules: Readonly<Record<ManagerName, UnpackRules>> = {
  npm: {
    renamesGitignore: true,
    isFinal: true,
    fileMode: (mode) => ((((mode & 0o777) | 0o666) & ~0o022) | 0o600) & 0o777,
  },
  'yarn-classic': plain,
  'yarn-berry': executableOrNot,
  pnpm: executableOrNot,
  bun: { ...plain, isFinal: true },
}

export function unpackRulesOf(manager: ManagerName = 'npm'): UnpackRules {
  return rules[manager]
}
