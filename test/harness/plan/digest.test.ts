import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../harness/model/json.ts'
import { planDigest } from '../../../harness/plan/digest.ts'
import { fixture, loadText } from './load-toy.ts'

const env = { SUDO_PASSWORD: 'x', INFLUX_TOKEN: 'y' }

test('the digest does not depend on the order of keys', async () => {
  const { plan } = await loadText(await fixture('sound.yaml'), env)
  expect(plan.digest).toMatch(/^[0-9a-f]{64}$/)
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), keys => {
      let i = 0
      const turn = (value: Json): Json => {
        if (Array.isArray(value)) return value.map(turn)
        if (typeof value !== 'object' || value === null) return value
        const entries = Object.entries(value).map(([key, item]) => ({
          key,
          item: turn(item),
          sort: keys[i++ % keys.length] ?? 0,
        }))
        return Object.fromEntries(entries.sort((a, b) => a.sort - b.sort).map(({ key, item }) => [key, item]))
      }
      expect(planDigest(turn(plan as unknown as Json) as unknown as typeof plan)).toBe(plan.digest)
    }),
  )
})

test('the digest changes with everything in the plan', async () => {
  const { plan } = await loadText(await fixture('sound.yaml'), env)
  expect(planDigest({ ...plan, tool: '0.0.2' })).not.toBe(plan.digest)
  expect(planDigest({ ...plan, protocol: { ...plan.protocol, seed: 43 } })).not.toBe(plan.digest)
  expect(planDigest({ ...plan, runs: plan.runs.toReversed() })).not.toBe(plan.digest)
})

test('comments and the order of keys in the file do not matter', async () => {
  const text = await fixture('sound.yaml')
  const turned = text.replace('name: two-hosts\n', '').concat('# a remark\nname: two-hosts\n')
  expect((await loadText(turned, env)).plan.digest).toBe((await loadText(text, env)).plan.digest)
})
