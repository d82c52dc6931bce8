/** `lock2build build --with nix`. */
import { buildWithNix } from '../build/build-with-nix.ts'
import type { BuildOutcome, BuildRequest } from './commands/build.ts'
import { ensureConverted } from './ensure-converted.ts'
import { seedNix } from './seed-nix.ts'

export async function buildByNix(request: BuildRequest): Promise<BuildOutcome> {
  const { invocation, settings, attribute, link } = request
  const { directory, environment, line, progress } = invocation
  const converted = await ensureConverted(invocation, settings)
  const lines = [...converted.lines, ...(await seedNix(request, converted.spec))]
  const { warnings } = converted
  progress.clear()
  const more = [
    ...(line.values.rebuild === true ? ['--check'] : []),
    ...(line.values['keep-failed'] === true ? ['--keep-failed'] : []),
  ]
  const made = await buildWithNix({ directory, attribute, link, more, environment })
  if (typeof made === 'string') return { result: made, lines, json: {}, warnings }
  return {
    result: undefined,
    lines,
    json: {},
    warnings,
    problems: [
      {
        code: 'build-failed',
        message: `nix-build failed with exit code ${made}`,
        hint: 'what it said stands above; `--with embedded` builds without Nix',
      },
    ],
  }
}
