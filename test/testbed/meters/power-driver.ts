import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from './server.ts'

/** A meter that the driver shows its power to; see power-driver.py. */
export type Driven =
  | { readonly kind: 'joules' | 'dcmi'; readonly gain: number; readonly path: string }
  | {
      readonly kind: 'nut'
      readonly gain: number
      readonly path: string
      readonly name: string
      readonly others?: Readonly<Record<string, number>>
    }
  | { readonly kind: 'redfish'; readonly gain: number; readonly url: string; readonly path: string }
  | {
      readonly kind: 'modbus'
      readonly gain: number
      readonly port: number
      readonly unit: number
      readonly register: number
    }

/** A process of its own, without any code of ours, that makes power of the machine's CPU load, shows it to meters and keeps the truth. */
export interface PowerDriver extends AsyncDisposable {
  /** True energy between two times of the wall clock (µs), J. Waits until it has gone on beyond the later. */
  joules(from: number, to: number): Promise<number>
}

export async function startPowerDriver(o: {
  readonly idle: number
  readonly full: number
  readonly seed: number
  readonly meters: readonly Driven[]
}): Promise<PowerDriver> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-driver-'))
  const log = join(dir, 'truth')
  await writeFile(log, '')
  await writeFile(join(dir, 'plan.json'), JSON.stringify({ ...o, period: 0.1, log }))
  const script = fileURLToPath(new URL('./power-driver.py', import.meta.url))
  const errors = join(dir, 'errors')
  const server = await startServer(['python3', script, join(dir, 'plan.json')], { log: errors })
  const lines = async (beyond: number): Promise<readonly Line[]> => {
    for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
      const read = linesOf(await readFile(log, 'utf8'))
      if ((read.at(-1)?.at ?? 0) > beyond) return read
    }
    throw new Error(`the driver went no further: ${await readFile(errors, 'utf8')}`)
  }
  const begun = await lines(0).then(read => read.length > 0)
  if (!begun) throw new Error('the driver never began')
  return {
    async joules(from, to) {
      const read = await lines(to / 1e6)
      return energyAt(read, to / 1e6) - energyAt(read, from / 1e6)
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

interface Line {
  readonly at: number
  readonly joules: number
  readonly watts: number
}

/** Whole lines alone: the last may still be written. */
const linesOf = (text: string): readonly Line[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [at = Number.NaN, joules = Number.NaN, watts = Number.NaN] = line.split(' ').map(Number)
      return { at, joules, watts }
    })

function energyAt(lines: readonly Line[], at: number): number {
  const before = lines.findLast(line => line.at <= at)
  if (before === undefined) throw new Error('the driver began later')
  return before.joules + before.watts * (at - before.at)
}
