import { setTimeout as sleep } from 'node:timers/promises'
import { KUBELET_FILE, type KubeletReading } from '../../model/kubelet.ts'
import { type Attempt, note } from '../attempt.ts'
import type { Standing } from './standing.ts'

/** The kubelet itself looks at its cgroups that often (housekeeping of cAdvisor: 10 to 15 s). */
const EVERY_MILLIS = 10_000
/** Beyond, readings are dropped with a finding: some weeks of one node. */
const MOST_READINGS = 200_000

export interface KubeletWatch {
  /** Ends asking and writes what came into the archive. */
  end(): Promise<void>
}

/** Asks the kubelets of the measured nodes every 10 s, beside the recorder. null: not wanted. */
export function watchKubelets(a: Attempt): KubeletWatch | null {
  const { standing } = a
  if (standing === undefined || !standing.planned.kubelet) return null
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, a.signal])
  const readings: KubeletReading[] = []
  const failed = new Map<string, string>()
  const nodes = new Map([standing.sut, ...standing.loads].map(({ pod, measured }) => [pod.node, measured]))

  const ask = async (node: string, host: string): Promise<void> => {
    try {
      const asked = a.parts.now()
      const said = await standing.cluster.text({
        method: 'GET',
        path: ['api', 'v1', 'nodes', node, 'proxy', 'metrics', 'resource'],
        patienceSeconds: 0,
        signal,
      })
      if (readings.length < MOST_READINGS)
        readings.push(readingOf(standing, said, { host, asked, answered: a.parts.now() }))
    } catch (error) {
      if (!signal.aborted) failed.set(host, error instanceof Error ? error.message : String(error))
    }
  }
  const asking = (async () => {
    while (!signal.aborted) {
      await Promise.all([...nodes].map(([node, host]) => ask(node, host)))
      await sleep(EVERY_MILLIS, undefined, { signal }).catch(() => {})
    }
  })()

  return {
    async end() {
      stop.abort()
      await asking
      for (const [host] of failed) await note(a, { code: 'KUBELET_ABSENT', host, values: { host } })
      if (readings.length > 0)
        await a.archive.write(KUBELET_FILE, readings.map(one => `${JSON.stringify(one)}\n`).join(''))
    },
  }
}

type Cpu = KubeletReading['pods'][string]

/** `name{labels} value time` of the text format of Prometheus; the time is in ms. */
const SAMPLE = /^(node|pod)_cpu_usage_seconds_total(?:\{([^}]*)\})? (\S+) (\d+)$/

/**
 * Reads /metrics/resource, whose time stamps are those of the kubelet's own looks at the cgroups, in ms (/stats/summary has whole seconds).
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
export function readingOf(
  { sut, loads, namespace }: Pick<Standing, 'sut' | 'loads' | 'namespace'>,
  text: string,
  when: Pick<KubeletReading, 'host' | 'asked' | 'answered'>,
): KubeletReading {
  const ids = new Map(
    [sut, ...loads].map(({ pod, host }) => [`namespace="${namespace}",pod="${pod.name}"`, host.id]),
  )
  const pods: Record<string, Cpu> = {}
  const others = { count: 0, seconds: 0 }
  let node: Cpu | null = null
  for (const line of text.split('\n')) {
    const [, of, labels = '', value, time] = SAMPLE.exec(line) ?? []
    const cpu = { at: Number(time) * 1000, seconds: Number(value) }
    if (of === undefined || !Number.isFinite(cpu.at) || !Number.isFinite(cpu.seconds)) continue
    const id = ids.get(labels)
    if (of === 'node') node = cpu
    else if (id !== undefined) pods[id] = cpu
    else {
      others.count += 1
      others.seconds += cpu.seconds
    }
  }
  return { ...when, node, pods, others }
}
