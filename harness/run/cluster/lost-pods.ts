import type { V1Pod } from '@kubernetes/client-node'
import { JoulemarkError } from '../../model/error.ts'
import { type Attempt, note } from '../attempt.ts'
import { script } from '../on-host.ts'
import { whyLost } from './pods.ts'
import type { Standing, StandingPod } from './standing.ts'

/** Looks once, after the windows, whether every pod of the run is still the one that was started, and whole. */
export async function noteLostPods(a: Attempt): Promise<void> {
  const { standing } = a
  if (standing === undefined) return
  for (const one of [standing.sut, ...standing.loads]) {
    const reason = whyLost(await find(standing, one)) ?? (await whyBroken(one))
    if (reason !== null)
      await note(a, { code: 'POD_LOST', host: one.measured, values: { host: one.host.id, reason } })
  }
}

/** null: it is gone, or another one has its name. */
async function find({ cluster, namespace }: Standing, { pod }: StandingPod): Promise<V1Pod | null> {
  try {
    const found = await cluster.call<V1Pod>({
      method: 'GET',
      path: ['api', 'v1', 'namespaces', namespace, 'pods', pod.name],
    })
    return found.metadata?.uid === pod.uid ? found : null
  } catch (error) {
    if (error instanceof JoulemarkError && error.code === 'kube-not-found') return null
    throw error
  }
}

// A container sees its own cgroup: under v2 the one, under v1 one for each controller. A process that was killed for lack of memory need not be
// the container's first, so that the cluster says nothing of it.
const KILLED = `for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  [ ! -r "$file" ] || sed -n 's/^oom_kill //p' "$file"
done`

async function whyBroken({ host }: StandingPod): Promise<string | null> {
  try {
    const { stdout } = await host.exec(script(KILLED))
    const killed = Number(stdout.trim())
    return killed > 0 ? `processes in it were killed for lack of memory: ${killed}` : null
  } catch (error) {
    return `it can't be entered any more (${error instanceof JoulemarkError ? error.code : 'no reason is given'})`
  }
}
