// What a machine can see: format, lint, types, layers, unused parts, generated pages. All are run; the exit code says whether all hold.
import { execa } from 'execa'

const checks: readonly (readonly [string, ...string[]])[] = [
  ['oxlint', '--type-aware', '--type-check', '--deny-warnings'],
  ['biome', 'check', '.'],
  ['tsc', '-p', 'tsconfig.k6.json'],
  [
    'depcruise',
    '--config',
    '.dependency-cruiser.mjs',
    'harness',
    'results',
    'collectors',
    'workloads',
    'scripts',
    'test',
  ],
  ['knip', '--no-progress'],
  ['tsx', 'scripts/docs.ts', '--check'],
  ['tsx', 'scripts/complete-lock-file.ts', '--check'],
]

let failed = 0

async function run([command, ...args]: readonly [string, ...string[]]): Promise<void> {
  const started = performance.now()
  const { exitCode, all } = await execa(command, args, { preferLocal: true, reject: false, all: true })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const ok = exitCode === 0
  if (!ok) failed += 1
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${[command, ...args].join(' ')}  (${seconds} s)`)
  if (!ok) console.log(all)
}

// Two at a time: the longest comes first and has a core of its own.
const waiting = checks.values()
await Promise.all(
  [1, 2].map(async () => {
    for (const check of waiting) await run(check)
  }),
)
if (failed > 0) {
  console.log(`${failed} of ${checks.length} checks failed`)
  process.exitCode = 1
}
