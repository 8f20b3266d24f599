import { setTimeout as sleep } from 'node:timers/promises'
import { JoulemarkError } from '../../model/error.ts'
import type { DeployContext } from '../../model/workload.ts'
import type { Standing, StandingPod } from './standing.ts'

type Begin = NonNullable<DeployContext['beginTogether']>
type BeginRequest = Parameters<Begin>[1]

const READY_SECONDS = 60
const POLL_MILLIS = 200
/** From the moment that all are ready to the agreed second: enough for every request to be on its way. */
const AHEAD_MILLIS = 1000

/** See DeployContext.beginTogether: through the API server's proxy to pods. */
export const beginTogether =
  ({ cluster, namespace, loads }: Standing, signal: AbortSignal): Begin =>
  async (hosts, request) => {
    const pods = hosts.map(host => {
      const found = loads.find(load => load.host.id === host.id)
      if (found === undefined) throw new Error(`host ${host.id} is no pod of the load`)
      return found
    })
    const ask = ({ pod }: StandingPod, method: 'GET' | BeginRequest['method'], patienceSeconds: number) =>
      cluster.call({
        method,
        path: [
          'api',
          'v1',
          'namespaces',
          namespace,
          'pods',
          `${pod.name}:${request.port}`,
          'proxy',
          ...request.path,
        ],
        ...(method === 'GET' ? {} : { body: request.body }),
        patienceSeconds,
        signal,
      })
    await Promise.all(pods.map(pod => awaitAnswer(pod, () => ask(pod, 'GET', 0), signal)))
    // All wait for the same second, so that none is ahead by what the others' connections took.
    const second = Math.ceil((Date.now() + AHEAD_MILLIS) / 1000) * 1000
    await sleep(second - Date.now(), undefined, { signal })
    await Promise.all(pods.map(pod => ask(pod, request.method, 0)))
  }

async function awaitAnswer(
  { host }: StandingPod,
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + READY_SECONDS * 1000
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      signal.throwIfAborted()
      if (performance.now() > until)
        throw new JoulemarkError({
          code: 'load-not-ready',
          exit: 'invalid',
          message: `the load program in ${host.id} did not answer within ${READY_SECONDS} s: ${error instanceof Error ? error.message : String(error)}`,
          publicMessage: `the load program in ${host.id} did not answer within ${READY_SECONDS} s`,
          hint: 'the API server must reach pods (pods/proxy), and the load needs memory for its virtual users',
          cause: error,
        })
    }
    await sleep(POLL_MILLIS, undefined, { signal })
  }
}
