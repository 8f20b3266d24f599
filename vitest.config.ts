import { defineConfig } from 'vitest/config'

const common = { globals: false, mockReset: true, expect: { requireAssertions: true } } as const

export default defineConfig({
  test: {
    // Two cores are the least we promise to run on; servers and recorders need one of them.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          // One process for many files: a third of the time. They leave nothing behind, and pass in any order.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.contract.test.ts', 'test/e2e/**', 'test/cluster/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'contract',
          include: ['test/**/*.contract.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/fresh-root.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // A whole machine made anew: ten minutes, by `scripts/test fresh`.
        test: {
          ...common,
          name: 'fresh',
          include: ['test/e2e/fresh-root.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
