/** The one error for what the shim can foresee: printed as a paragraph, without a stack. Anything else thrown is a bug. */

export class Failure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Failure'
  }
}

/** Something that this run was told not to do: exit code 75, and whoever started it tries another way. */
export class Refusal extends Failure {}

/** Stops the build with a message that says what is wrong and what to do. */
export function fail(message: string): never {
  throw new Failure(message)
}

/** A warning or a progress line; stdout stays free for results. */
export function say(message: string): void {
  process.stderr.write(`lock2build: ${message}\n`)
}

/** A text of the project that is told on a terminal: one line, of which nothing is obeyed. */
export function told(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What a program prints, passed on as it is. */
export function show(output: Uint8Array): void {
  process.stderr.write(output)
}

/** The `code` of a system error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What a caught error says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
