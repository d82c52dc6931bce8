/** `lock2build build --with nix`. */
import { buildWithNix } from '../build/build-with-nix.ts'
import type { Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { specParts } from '../spec/collection-parts.ts'
import { findAttribute } from './build-target.ts'
import type { BuildOutcome, BuildRequest } from './commands/build.ts'
import { ensureConverted } from './ensure-converted.ts'
import { findExpression } from './expression-file.ts'
import type { Line } from './printable.ts'
import { seedNix } from './seed-nix.ts'

export async function buildByNix(request: BuildRequest): Promise<BuildOutcome> {
  const { invocation, settings, link } = request
  const { directory, environment, line, progress } = invocation
  const converted = await ensureConverted(invocation, settings)
  const attribute = nixAttribute(converted.spec, request.attribute)
  const file = findExpression(directory)
  const lines = [...converted.lines, ...(await seedNix({ ...request, attribute }, file, converted.spec))]
  const { warnings } = converted
  progress.clear()
  const more = line.values['keep-failed'] === true ? ['--keep-failed'] : []
  const nix = { file, attribute, link, environment }
  const made = await buildWithNix({ ...nix, more })
  const common = { lines, json: {}, warnings }
  if (typeof made === 'number') return { ...common, result: undefined, problems: [buildFailed(made)] }
  if (line.values.rebuild !== true) return { ...common, result: made }
  // Nix compares with what is there, so that must have been built.
  const again = await buildWithNix({ ...nix, link: undefined, more: [...more, '--check'] })
  if (typeof again === 'string') return { ...common, lines: [...lines, rebuiltLine], result: made }
  return { ...common, result: made, problems: [again === NOT_DETERMINISTIC ? notReproducible : buildFailed(again)] }
}

/** Names of packages have dots and slashes. */
function nixAttribute(spec: BuildSpec, attribute: string): string {
  return spec.collection === undefined ? attribute : `packages."${findAttribute(specParts(spec), attribute)}"`
}

/** nix-build's exit code when --check finds a difference: https://nix.dev/manual/nix/latest/command-ref/nix-build */
const NOT_DETERMINISTIC = 104

const rebuiltLine: Line = ['built again by Nix: the result is the same']

const notReproducible: Problem = {
  code: 'not-reproducible',
  message: 'built again by Nix, the result is not the same',
  hint: 'with `--keep-failed` Nix keeps the second one; `--with embedded --rebuild` shows the first difference',
}

function buildFailed(exit: number): Problem {
  return {
    code: 'build-failed',
    message: `nix-build failed with exit code ${exit}`,
    hint: 'what it said stands above; `--with embedded` builds without Nix',
  }
}
