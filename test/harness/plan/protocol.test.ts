import { expect, test } from 'vitest'
import { loadText } from './load-toy.ts'

const protocol = async (text: string) =>
  (
    await loadText(
      `schema: joulemark/v1\nname: p\nprotocol: ${text}\ntargets: [{ id: here, kind: local }]\nworkloads: [{ id: toy }]\n`,
    )
  ).plan.protocol

test('profiles give lengths and repetitions, each can be overridden', async () => {
  expect(await protocol('{}')).toMatchObject({
    profile: 'quick',
    durations: { baseline: 15, idle: 10, warmUp: 5, window: 20, coolDown: 5 },
    repetitions: 1,
    ranked: false,
  })
  expect(await protocol('{ profile: standard, idle: 90 }')).toMatchObject({
    durations: { baseline: 60, idle: 90, warmUp: 30, window: 240, coolDown: 30 },
    repetitions: 6,
    ranked: true,
  })
})

test.each([
  '{ profile: standard, window: 239 }',
  '{ profile: standard, warm_up: 0 }',
  '{ profile: standard, repetitions: 5 }',
  '{ profile: quick, baseline: 60, idle: 60, warm_up: 30, window: 240, cool_down: 30, repetitions: 6 }',
])('not ranked: %s', async text => expect((await protocol(text)).ranked).toBe(false))
