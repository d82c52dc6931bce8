/** What is said of a resolution that holds for the machine that made it. */
import type { Problem } from '../../../src/problem.ts'

/** `name`: the tool; `file`: what it made. */
export function onlyHere(name: string, file: string): Problem {
  return {
    code: 'source-missing',
    message: `${name} resolves for this system and this Python alone: what others need is not in it`,
    where: { file },
    hint: 'with uv on PATH it is resolved for all: `pipx install uv`',
  }
}
