/** Whether a build looks at the lock file again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parseArguments } from '../../../src/cli/arguments.ts'
import { ensureConverted } from '../../../src/cli/ensure-converted.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { pythonSpec } from '../../support/python-spec.ts'

test('what was found to be what the lock file gives is not looked at again before something changes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ensure-converted-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const text = printSpec(pythonSpec({ targets: ['x86_64-linux/3.12'] }))
  mkdirSync(join(directory, 'lock2build'))
  writeFileSync(join(directory, 'lock2build/spec.json'), text)
  writeFileSync(join(directory, 'package.json'), '{}')
  writeFileSync(join(directory, 'bun.lock'), 'no lock file')
  vi.stubGlobal('LOCK2BUILD_VERSION', 'of a test')
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  const progress = { show: () => undefined, clear: () => undefined }
  const invocation = {
    line: parseArguments(['build']),
    environment: { XDG_CACHE_HOME: directory },
    directory,
    progress,
  }
  expect(await ensureConverted(invocation, {}, { isChecked: true })).toMatchObject({ text, lines: [] })
  await expect(ensureConverted(invocation, {})).rejects.toThrow('lock-syntax')
})
