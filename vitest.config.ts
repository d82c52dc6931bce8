import { defineConfig } from 'vitest/config'

// fast: seconds, no network, no Nix. real: real package managers and registries. nix: real Nix, network cut.
// They are separate so that a contributor without Nix sees at once what was left out; .ci/run runs all three.
// A landing is not refused because a registry did not answer once: in CI what fails is tried once more, and the run's end names it.
const retry = process.env['CI'] ? 1 : 0

export default defineConfig({
  test: {
    globalSetup: 'test/support/one-scratch-directory.ts',
    projects: [
      // By itself vitest leaves one core alone, which is half of a small machine.
      {
        test: {
          name: 'fast',
          include: ['test/fast/**/*.test.ts'],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          retry,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'nix',
          include: ['test/nix/**/*.test.ts'],
          retry,
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
