/** Why a program that resolves failed, told from its words: the manifest, what a server refuses or has not, or the network. */
import { fail, shown } from '../problem.ts'
import type { ToolOutcome } from '../model/resolver.ts'
import { lastWords } from '../text/tool-words.ts'

export interface FailedTool {
  /** `pnpm 9.1.0` */
  readonly title: string
  readonly offline: boolean
}

/** Throws `network-needed`, `network`, `not-found`, else `tool-failed`. */
export function failTool({ exit, stdout, stderr }: ToolOutcome, { title, offline }: FailedTool): never {
  const details = lastWords(stdout, stderr)
  if (exit === 'timeout') {
    fail({ code: 'tool-failed', message: `${title} did not come to an end`, details, hint: 'run it by itself once' })
  }
  const said = (pattern: RegExp) => details.some((line) => pattern.test(line))
  if (said(unreachable)) {
    const hint = 'run it once without --offline: the tool keeps what it finds'
    if (offline) fail({ code: 'network-needed', message: `${title} needs the network to resolve`, details, hint })
    fail({ code: 'network', message: `${title} cannot reach what it asks`, details, hint: 'check the connection' })
  }
  const status = findStatus(details)
  if (said(refused) || isRefusal(status)) {
    const hint = 'check who may have it, and the credentials: they are read from where the tool has them'
    fail({ code: 'network', message: `${title} is refused by the server${statusWords(status)}`, details, hint })
  }
  if (status !== undefined && (status >= 500 || status === 429)) {
    const hint = 'try again later: the tool keeps what it has found'
    fail({ code: 'network', message: `${title} asks a server that fails${statusWords(status)}`, details, hint })
  }
  const isGone = status === 404 || status === 410
  if (isGone || said(absent)) {
    const name = findName(details, isGone ? [absent, unmatched] : [absent])
    const hint = 'check the name, which registry is asked, and who may have it'
    const what = name === undefined ? 'what' : `${shown(name)}, which`
    fail({ code: 'not-found', message: `${title} asks for ${what} the server does not have`, details, hint })
  }
  const how = exit === 'signal' ? 'it was killed' : `exit code ${exit}`
  const hint = 'what it says is about the manifest: change that, and type the same once more'
  return fail({ code: 'tool-failed', message: `${title} does not resolve this project: ${how}`, details, hint })
}

/** Throws `tool-failed`: it ended well, and left nothing. */
export function failEmpty({ stdout, stderr }: ToolOutcome, { title }: FailedTool, read: readonly string[]): never {
  const files = read.map((file) => shown(file)).join(' or ')
  const message = `${title} ends well, and writes no ${files}`
  return fail({
    code: 'tool-failed',
    message,
    details: lastWords(stdout, stderr),
    hint: 'use a newer release of it',
  })
}

/** The words of all of them for a registry that is not reached. */
const unreachable =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_PNPM_NO_OFFLINE_\w+)\b|ConnectionRefused|ConnectionClosed|FailedToOpenSocket|socket hang up|error sending request|client error \(Connect\)|network connectivity is disabled|Max retries exceeded|Failed to establish a new connection|ConnectionError|ConnectError|RemoteProtocolError|All attempts to connect|Could not connect|Could not fetch URL \S+ connection error|Network is unreachable|Temporary failure in name resolution|network was disabled|has been blocked because of your configuration settings|Couldn't find any versions .* in our cache|\bin offline mode\b/

/** Without a status. */
const refused = /Invalid authentication|Authorization error accessing|lack of valid authentication/

/** Some say the same when they were refused. */
const absent =
  /(\S+) was not found in the package registry|Couldn't find package "(@?[^"@]+)|No packages found for (\S+)|^error Error: (?:\S+\/)?(\S+): not found$/

/** What a name stands in where a status says that it is not there: words of pip, PDM and Yarn; URLs of pnpm, Bun, and Yarn 1. */
const unmatched =
  /No matching distribution found for ([\w.-]+)|Unable to find candidates for (\S+?)(?:\.? |$)|│ (@?[^\s@]+)@npm:\S+ Package not found|\bGET \S+\/([^\s/:]+)(?:: .*)? - 404$|"\S+\/([^\s/"]+)" finished with status code 404/

function findName(lines: readonly string[], patterns: readonly RegExp[]): string | undefined {
  const found = lines.flatMap((line) => patterns.flatMap((pattern) => pattern.exec(line)?.slice(1) ?? []))
  return found.find((name) => name !== undefined)?.replace(/%2f/i, '/')
}

/** Of an answer: pnpm; Yarn; Bun; uv; Poetry, PDM and pip; Yarn 1. */
const statuses = [
  /\bERR_PNPM_FETCH_(\d{3})\b/,
  /\bResponse Code: (\d{3})\b/,
  /\bGET \S+ - (\d{3})$/,
  /\bHTTP status (?:client|server) error \((\d{3})\b|\breturned a (\d{3}) /,
  /\b(\d{3}) (?:Client|Server) Error\b|\b(?:Client|Server) Error\((\d{3})\)|\bHTTP error (\d{3})\b/,
  /\bRequest failed "(\d{3}) |\bfinished with status code (\d{3})\b/,
]

function findStatus(lines: readonly string[]): number | undefined {
  for (const line of lines) {
    for (const pattern of statuses) {
      const status = pattern
        .exec(line)
        ?.slice(1)
        .find((part) => part !== undefined)
      if (status !== undefined) return Number(status)
    }
  }
  return undefined
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && [401, 403, 407, 451].includes(status)
}

function statusWords(status: number | undefined): string {
  if (status === undefined) return ''
  return status === 451 ? ' for legal reasons (status 451)' : ` (status ${status})`
}
