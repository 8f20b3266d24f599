import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeletPlace } from '../../model/cluster.ts'
import { JoulemarkError } from '../../model/error.ts'
import { KUBELET_FILE, type KubeletReading } from '../../model/kubelet.ts'
import { type Attempt, note } from '../attempt.ts'
import { readingOf } from './kubelet-reading.ts'
import type { Standing } from './standing.ts'

/** The kubelet itself looks at its cgroups that often (housekeeping of cAdvisor: 10 to 15 s). */
const EVERY_MILLIS = 10_000
/** Of one node in a run: beyond five days they are counted as failed. */
const MOST_READINGS = 50_000

export interface KubeletWatch {
  /** Ends asking and writes what came into the archive. */
  end(): Promise<void>
}

interface Node {
  readonly place: KubeletPlace
  readonly host: string
  kept: number
  asked: number
  failed: number
  /** Of the last that failed; public. */
  reason: string
}

/** Asks the kubelets of the nodes on which pods stand every 10 s, beside the recorder. null: not wanted. */
export function watchKubelets(a: Attempt): KubeletWatch | null {
  const { standing } = a
  if (standing === undefined || standing.planned.kubelet === 'none') return null
  const way = standing.planned.kubelet
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, a.signal])
  const readings: KubeletReading[] = []
  const nodes = nodesOf(standing, way)
  const pods = new Map(
    [standing.sut, ...standing.loads].map(({ pod, host }) => [`${standing.namespace}/${pod.name}`, host.id]),
  )

  const fail = (node: Node, error: unknown): void => {
    if (signal.aborted) return
    node.failed += 1
    node.reason = reasonOf(error)
  }
  const ask = async (node: Node): Promise<void> => {
    const asked = a.parts.now()
    const text = (what: string): Promise<string> => {
      node.asked += 1
      return standing.cluster.kubeletText(node.place, ['metrics', what], signal)
    }
    try {
      const cadvisor = text('cadvisor').catch((error: unknown) => {
        fail(node, error)
        return null
      })
      const said = { resource: await text('resource'), cadvisor: await cadvisor }
      if (node.kept >= MOST_READINGS) throw tooMany()
      node.kept += 1
      readings.push(readingOf(pods, said, { host: node.host, asked, answered: a.parts.now() }))
    } catch (error) {
      fail(node, error)
    }
  }
  const asking = (async () => {
    while (!signal.aborted) {
      await Promise.all(nodes.map(ask))
      await sleep(EVERY_MILLIS, undefined, { signal }).catch(() => {})
    }
  })()

  return {
    async end() {
      stop.abort()
      await asking
      for (const { host, asked } of nodes)
        await note(a, { code: 'DISTURBED', host, values: { host, by: 'its kubelet', asked } })
      for (const { host, asked, failed, reason } of nodes)
        if (failed > 0)
          await note(a, { code: 'KUBELET_ABSENT', host, values: { host, asked, failed, reason } })
      if (readings.length > 0)
        await a.archive.write(KUBELET_FILE, readings.map(one => `${JSON.stringify(one)}\n`).join(''))
    },
  }
}

const tooMany = (): JoulemarkError =>
  new JoulemarkError({
    code: 'kubelet-readings',
    exit: 'invalid',
    message: `more than ${MOST_READINGS} readings of a node are not kept`,
    publicMessage: `more than ${MOST_READINGS} readings of a node are not kept`,
  })

/** Without names and addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof JoulemarkError)) return 'it could not be asked'
  return error.publicMessage ?? error.code
}

/** Each node once, under the first measured host on it. */
function nodesOf({ sut, loads }: Standing, way: KubeletPlace['way']): Node[] {
  const nodes = new Map<string, Node>()
  for (const { pod, measured } of [sut, ...loads])
    if (!nodes.has(pod.node))
      nodes.set(pod.node, {
        place: { way, node: pod.node, address: pod.nodeAddress },
        host: measured,
        kept: 0,
        asked: 0,
        failed: 0,
        reason: '',
      })
  return [...nodes.values()]
}
