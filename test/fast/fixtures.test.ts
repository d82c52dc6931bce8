/** Runs every case of fixtures/. `npm run fixtures -- --update [filter]` writes what it gives as what is expected. */
import { expect, test } from 'vitest'
import { listCases, readExpected, runCase, saveExpected } from '../support/fixture-case.ts'

const update = process.env['LOCK2BUILD_FIXTURES'] === 'update'
const filter = process.env['LOCK2BUILD_FILTER'] ?? ''

for (const fixture of listCases(filter)) {
  test(`${fixture.name}: ${fixture.settings.why}`, async () => {
    const files = await runCase(fixture)
    if (update) saveExpected(fixture, files)
    expect(Object.fromEntries(files)).toEqual(Object.fromEntries(readExpected(fixture)))
  })
}
