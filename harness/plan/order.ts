import type { PlannedRun } from '../model/plan.ts'
import { seeded, shuffle } from '../model/random.ts'

export interface Cell {
  readonly target: string
  /** Key of the workload. */
  readonly workload: string
}

/**
 * Every cell once in every repetition, numbered in order. `random`: randomised complete blocks, each repetition a block with an order of its
 * own drawn from the seed, so that drift of a machine or a cloud falls on all alike (A. Abedi, T. Brecht: Conducting Repeatable Experiments
 * in Highly Variable Cloud Computing Environments, ICPE 2017).
 */
export function orderRuns(
  cells: readonly Cell[],
  o: { readonly repetitions: number; readonly order: 'random' | 'file'; readonly seed: number },
): readonly PlannedRun[] {
  const runs: PlannedRun[] = []
  let state = seeded(o.seed)
  for (let repetition = 1; repetition <= o.repetitions; repetition += 1) {
    const drawn = shuffle(cells, state)
    state = drawn.state
    for (const cell of o.order === 'random' ? drawn.items : cells)
      runs.push({ number: runs.length + 1, ...cell, repetition })
  }
  return runs
}
