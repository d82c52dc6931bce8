/** What every format gives: a lock is the same as itself, and as the spec that was made of it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ecosystems } from '../../../converters/index.ts'
import { diffLocks, diffPartAndLock, plannedLock } from '../../../src/diff/diff-locks.ts'
import { noDifference } from '../../../src/diff/difference.ts'
import { projectFiles } from '../../../src/io/project-files.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { inputOf, listCases } from '../../support/fixture-case.ts'

const cases = listCases().filter(({ dir }) => existsSync(join(dir, 'expected/spec.json')))

describe('no difference', () => {
  test.each(cases)('in $name', async (fixture) => {
    const { dir, format: formatName, settings } = fixture
    const input = inputOf(fixture)
    const ecosystem = ecosystems.find(({ formats }) => formats.some(({ name }) => name === formatName))
    const format = ecosystem?.formats.find(({ name }) => name === formatName)
    const file = format?.files.find((name) => existsSync(join(input, name)))
    if (ecosystem === undefined || format === undefined || file === undefined) throw new Error('no lock file')
    const spec = readSpec(readFileSync(join(dir, 'expected/spec.json'), 'utf8'), 'spec.json')
    const part = spec.ecosystems[ecosystem.name]
    if (part === undefined) throw new Error('no part')
    const { environment = {}, registry } = settings.options ?? {}
    const reader = await format.load()
    const { lock } = reader.read({
      file,
      files: projectFiles(input),
      userConfig: [],
      environment,
      registry,
    })
    const options = { ecosystem: ecosystem.name, comparison: await ecosystem.loadComparison() }
    expect(diffLocks(lock, lock, options)).toEqual(noDifference)
    const converter = await ecosystem.load()
    const planned = plannedLock(lock, converter, { systems: spec.systems, part })
    expect(diffPartAndLock(part, planned, options)).toEqual(noDifference)
  })
})
