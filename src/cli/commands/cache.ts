/** `lock2build cache info|verify|prune|clear`: what the store holds, whether it is unharmed, and making room. */
import { cacheDirectory } from '../../io/cache-directory.ts'
import type { JsonObject } from '../../model/json.ts'
import { fail, type Problem } from '../../problem.ts'
import { cacheInfo, type Amount, type CacheKind } from '../../store/cache-info.ts'
import { clearCache, pruneCache, type Removed } from '../../store/cache-prune.ts'
import { verifyCache } from '../../store/cache-verify.ts'
import { readAge } from '../age.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { counted, printBytes, printCount, styled, type Line } from '../printable.ts'

export async function cache(invocation: Invocation): Promise<CommandResult> {
  const store = cacheDirectory(invocation.environment)
  checkOptions(invocation)
  switch (invocation.line.operands[0]) {
    case 'verify':
      return verify(store, invocation)
    case 'prune': {
      const dry = isDry(invocation)
      return removed('prune', store, dry, pruneCache(store, { dry, olderThan: ageOf(invocation) }))
    }
    case 'clear': {
      const dry = isDry(invocation)
      return removed('clear', store, dry, clearCache(store, { dry }))
    }
    default:
      return info(store)
  }
}

/** Options of one action mean nothing to another, and must not seem to. */
function checkOptions({ line }: Invocation): void {
  const [action = ''] = line.operands
  const removes = action === 'prune' || action === 'clear'
  const wrong =
    line.values['dry-run'] !== undefined && !removes
      ? 'dry-run'
      : line.values['older-than'] !== undefined && action !== 'prune'
        ? 'older-than'
        : undefined
  if (wrong === undefined) return
  fail({
    code: 'usage',
    message: `--${wrong} does not belong to \`lock2build cache ${action}\``,
    hint: 'type `lock2build cache --help`',
  })
}

function isDry({ line }: Invocation): boolean {
  return line.values['dry-run'] === true
}

function ageOf({ line }: Invocation): number {
  return readAge('older-than', String(line.values['older-than'] ?? '30d'))
}

const titles: readonly (readonly [CacheKind, string])[] = [
  ['archives', 'archives'],
  ['commits', 'git commits'],
  ['builds', 'builds'],
  ['unpacked', 'unpacked'],
  ['failures', 'failures'],
  ['unfinished', 'unfinished'],
  ['other', 'other'],
]

function info(store: string): CommandResult {
  const { kinds, held, bytes } = cacheInfo(store)
  const notes: Partial<Record<CacheKind, string>> = {
    ...(held > 0 && { builds: `  ${printCount(held)} held by links to results` }),
    ...(kinds.unpacked.count > 0 && { unpacked: '  packages; what builds share with them counts once' }),
    ...(kinds.failures.count > 0 && { failures: '  logs, and what --keep-failed kept' }),
  }
  const rows = titles.map(([kind, title]) => row(title, kinds[kind], notes[kind] ?? ''))
  return {
    output: `${store}\n${rows.join('')}${row('together', { count: undefined, bytes }, '')}`,
    json: () => ({
      action: 'info',
      store,
      kinds: Object.fromEntries(Object.entries(kinds).map(([kind, amount]) => [kind, { ...amount }])),
      held,
      bytes,
    }),
  }
}

function row(
  title: string,
  { count, bytes }: Pick<Amount, 'bytes'> & { count: number | undefined },
  note: string,
): string {
  const number = count === undefined ? '' : printCount(count)
  return `  ${title.padEnd(12)}${number.padStart(8)}${printBytes(bytes).padStart(12)}${note}\n`
}

async function verify(store: string, { progress }: Invocation): Promise<CommandResult> {
  progress.show('verifying')
  const { checked, damaged } = await verifyCache(store, (done, total) => progress.show('verifying', done, total))
  const good = checked - damaged.length
  return {
    lines: [
      [
        styled(damaged.length === 0 ? 'green' : 'yellow', 'verified'),
        `: ${counted(good, 'source is what it is', 'sources are what they are')} called`,
      ],
    ],
    json: () => ({ action: 'verify', store, checked, damaged }),
    problems: damaged.map((file): Problem => {
      return {
        code: 'integrity-mismatch',
        message: 'its bytes are not what its name says: removed, and fetched again when it is needed',
        where: { file },
      }
    }),
  }
}

function removed(action: 'prune' | 'clear', store: string, dry: boolean, result: Removed): CommandResult {
  const { sources, builds, failures, unfinished, bytes, held, users } = result
  const json: JsonObject = {
    action,
    store,
    dryRun: dry,
    removed: { sources, builds, failures, unfinished },
    held,
    bytes,
  }
  const parts = [
    counted(sources, 'source'),
    counted(builds, 'build'),
    ...(failures > 0 ? [counted(failures, 'failure')] : []),
    ...(unfinished > 0 ? [`${printCount(unfinished)} unfinished`] : []),
  ]
  const lines: Line[] = [
    [styled('green', dry ? 'would remove' : 'removed'), ` ${parts.join(', ')}: ${printBytes(bytes)}`],
  ]
  if (held > 0) lines.push([`kept ${counted(held, 'build')} that links to results hold`])
  if (users > 0)
    lines.push([
      `${counted(users, 'other process', 'other processes')} at work: builds and what was used today were left alone`,
    ])
  return { lines, json: () => json }
}
