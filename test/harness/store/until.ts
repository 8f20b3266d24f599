import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a condition, at most 30 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within 30 s: ${condition.toString()}`)
    await sleep(10)
  }
}
