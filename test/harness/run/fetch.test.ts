import { expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import type { Host, Target } from '../../../harness/model/target.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { toyWorld } from './toy-world.ts'

/** A target whose hosts send nothing until they are told to stop. */
function silent(target: Target, ended: (how: unknown) => void): Target {
  const fetch: Host['fetch'] = async function* (_path, _maxBytes, signal) {
    yield Buffer.from('first bytes')
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))).catch(
      error => {
        ended(error)
        throw error
      },
    )
  }
  const hosts = new Map([...target.hosts].map(([id, host]) => [id, { ...host, fetch }]))
  return { ...target, hosts, host: role => hosts.get(target.host(role).id) ?? target.host(role) }
}

test('the first Ctrl-C lets a fetch go on, for what was recorded is kept; the second ends it', async () => {
  await using world = await toyWorld()
  const fetching = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<unknown>()
  let over = false
  void ended.promise.then(() => (over = true))
  const { connect } = world.parts()
  const stopped = runCampaign(
    world.parts({
      connect: async id => silent(await connect(id), ended.resolve),
      emit: (event: CampaignEvent) => {
        if (event.type === 'fetch') fetching.resolve()
      },
    }),
    world.plan,
  ).catch((error: unknown) => error)
  await fetching.promise
  world.stop.abort(new Error('first'))
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(over).toBe(false)
  world.hardStop.abort(new Error('second'))
  expect(await stopped).toMatchObject({ code: 'stopped-hard' })
  expect(await ended.promise).toMatchObject({ message: 'second' })
}, 15_000)
