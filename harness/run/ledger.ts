import type { CampaignArchive } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'
import type { EmitEvent } from '../model/event.ts'
import type { Json } from '../model/json.ts'
import type { LedgerLine, LedgerMake } from '../model/run.ts'

/** Something about to be made on a host. */
export interface LedgerEntry {
  readonly host: string
  /** Id of the remover (harness/run/removers/registry.ts) and what it needs, as data. */
  readonly remover: string
  readonly args: Readonly<Record<string, Json>>
  /** For people: what it is. */
  readonly what: string
}

/** The ledger as one run writes to it. */
export interface RunLedger {
  readonly run: string
  readonly campaign: string
  /** Durable when it resolves: only then may the thing be made. Returns the line's number. */
  make(entry: LedgerEntry): Promise<number>
}

/** data/ledger.jsonl of a campaign: what was made, what of it is gone. */
export interface Ledger {
  /** `expires`: controller's wall clock, µs, asked for at every line. */
  forRun(run: string, target: string, expires: () => number): RunLedger
  /** Makes without a gone line, the last first; of one run or of all. */
  open(run?: string): readonly LedgerMake[]
  /** All makes, in order; of one run or of all. */
  made(run?: string): readonly LedgerMake[]
  /** How a make ended; absent: still open. */
  ending(seq: number): Extract<LedgerLine, { op: 'gone' }> | undefined
  gone(seq: number, result: 'removed' | 'was-gone' | 'kept'): Promise<void>
}

export interface LedgerParts {
  readonly archive: CampaignArchive
  readonly emit: EmitEvent
  /** µs */
  readonly now: () => number
}

/**
 * Opens the ledger of a campaign with what it holds. One process writes it (the campaign is claimed before).
 * A line that can't be written is an error, and the thing is then not made.
 */
export async function openLedger(parts: LedgerParts): Promise<Ledger> {
  const makes = new Map<number, LedgerMake>()
  const gones = new Map<number, Extract<LedgerLine, { op: 'gone' }>>()
  let last = 0
  for (const line of await parts.archive.ledger()) {
    if (line.op === 'make') makes.set(line.seq, line)
    else gones.set(line.seq, line)
    last = Math.max(last, line.seq)
  }
  let tail: Promise<void> = Promise.resolve()
  const append = (line: LedgerLine): Promise<void> => {
    const written = tail.then(() => parts.archive.appendLedger(line))
    tail = written.catch(() => {})
    return written
  }
  const made = (run?: string): LedgerMake[] =>
    [...makes.values()].filter(line => run === undefined || line.run === run).sort((a, b) => a.seq - b.seq)

  return {
    forRun: (run, target, expires) => ({
      run,
      campaign: parts.archive.id,
      make: async entry => {
        last += 1
        const seq = last
        const { host, remover, args, what } = entry
        const line: LedgerMake = {
          op: 'make',
          seq,
          at: parts.now(),
          run,
          target,
          host,
          remover,
          args,
          what,
          expires: expires(),
        }
        await append(line).catch(cause => {
          throw new JoulemarkError({
            code: 'ledger-write',
            message: `the ledger can't be written, so ${what} is not made`,
            hint: 'look at free space and rights of the campaign folder, then go on with `joulemark run --resume`',
            cause,
          })
        })
        makes.set(seq, line)
        await parts.emit({ type: 'ledger', run, seq, what })
        return seq
      },
    }),
    made,
    open: run =>
      made(run)
        .filter(line => !gones.has(line.seq))
        .reverse(),
    ending: seq => gones.get(seq),
    gone: async (seq, result) => {
      const line = { op: 'gone', seq, at: parts.now(), result } as const
      await append(line)
      gones.set(seq, line)
    },
  }
}
