/**
 * Commands of install scripts that ask who installs, or set up a developer's repository: a build knows the one, and has not the other.
 * Some of them work there, doing nothing (husky); some would need git (lefthook) or the network (`npx only-allow`). A command is known
 * by its words alone; where a shell would do more with them than to start programs one after the other, it is left to the shell.
 */
import type { ManagerName } from '../../../node-plan.ts'

export type Necessity =
  /** `command`: what is left to do; undefined: nothing. */
  | { readonly kind: 'run'; readonly command: string | undefined }
  /** The project is for another package manager. */
  | { readonly kind: 'refused'; readonly wanted: string }

export function necessityOf(command: string, manager: ManagerName): Necessity {
  if (/["'`$()<>\\\n]|(?<!\|)\|(?!\|)|(?<!&)&(?!&)/.test(command)) return { kind: 'run', command }
  const parts = command.split(/(&&|\|\||;)/).map((part) => part.trim().replace(/\s+/g, ' '))
  const name = manager.startsWith('yarn') ? 'yarn' : manager
  for (const part of parts) {
    const wanted = onlyAllow.exec(part)?.[1]
    if (wanted !== undefined && wanted !== name) return { kind: 'refused', wanted }
  }
  const isNeedless = (part: string): boolean => operators.has(part) || needless.some((pattern) => pattern.test(part))
  if (parts.every(isNeedless)) return { kind: 'run', command: undefined }
  const isImpossible = (part: string): boolean => impossible.some((pattern) => pattern.test(part))
  if (!parts.some(isImpossible)) return { kind: 'run', command }
  return { kind: 'run', command: parts.map((part) => (isImpossible(part) ? 'true' : part)).join(' ') }
}

/** How a program of a package is started. */
const runner = '(?:(?:npx|bunx|pnpx|bun x|npm exec|pnpm|pnpm exec|pnpm dlx|yarn|yarn dlx)(?: -y| --yes| --)* )?'
const words = '(?: [^ ]+)*'

/** https://github.com/pnpm/only-allow: it fails unless the program that runs it says that it is the one. */
const onlyAllow = new RegExp(`^${runner}only-allow(?:@[^ ]+)? ([a-z]+)$`)

/** These would fail without a repository, without a network. */
const impossible: readonly RegExp[] = [
  onlyAllow,
  new RegExp(`^${runner}lefthook install${words}$`),
  /^git config(?: --local)? core\.hookspath [^ ]+$/i,
]

/** And these do nothing without a repository, or only say something. */
const needless: readonly RegExp[] = [
  ...impossible,
  new RegExp(`^${runner}husky(?: install)?(?: [^ -][^ ]*)?$`),
  new RegExp(`^${runner}simple-git-hooks${words}$`),
  new RegExp(`^${runner}(?:is-ci|opencollective-postinstall)$`),
  /^(?:true|:|exit 0|echo(?: .*)?)$/,
]

const operators: ReadonlySet<string> = new Set(['&&', '||', ';'])
