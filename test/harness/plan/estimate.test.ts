import { expect, test } from 'vitest'
import { estimatePlan } from '../../../harness/plan/estimate.ts'
import { fixture, loadText } from './load-toy.ts'
import { toyCollectors as collectors, toyWorkloads as workloads } from './toy-registries.ts'

test('an estimate adds up phases, deploy and bytes by role', async () => {
  const { plan } = await loadText(await fixture('sound.yaml'), { SUDO_PASSWORD: 'x', INFLUX_TOKEN: 'y' })
  const estimate = estimatePlan(plan, { workloads, collectors })
  // 60 + 60 + 30 + 30 + 30 s of phases, 7 s of deploy, the rest is ours
  const [first] = estimate.runSeconds.values()
  expect(first).toBeGreaterThanOrEqual(217)
  expect(estimate.totalSeconds).toBe([...estimate.runSeconds.values()].map(Number).reduce((a, b) => a + b, 0))
  const [local, web, load] = estimate.hosts
  // (100 + 50) B × 16 threads × 2 Hz × 217 s; usual machine: 8 threads
  expect(local?.recording).toBe(150 * 16 * 2 * 217)
  expect(web?.recording).toBe(150 * 8 * 2 * 217)
  // sut: data of the workload; load host: evidence of work over warm-up and window
  expect(web?.workload).toBe(1000)
  expect(load?.workload).toBe(100 * 10 * 60)
})
