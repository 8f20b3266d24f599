import { KUBELET_FILE, KubeletReading } from '../../harness/model/kubelet.ts'
import type { KubeletCheck } from '../../harness/model/result.ts'
import { valueOf } from '../analyse/integrate/integral.ts'
import { type HostClock, hostClock } from '../analyse/time/host-clock.ts'
import type { Window } from '../analyse/time/window.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { HostMeasure } from './measure-host.ts'
import { readLines } from './read-json.ts'
import type { RunFiles } from './read-run.ts'
import type { RunContext } from './run-context.ts'

/** What a kubelet said of a service between the first and the last of its own time stamps in a window. */
export interface KubeletSpan extends Omit<KubeletCheck, 'recorder'> {
  /** The same time by the node's boot clock. */
  readonly span: Window
}

/** The time between the kubelet's own time stamps in each window, for every service that stands in a pod. */
export function kubeletSpans(
  readings: readonly KubeletReading[],
  context: RunContext,
  files: RunFiles,
): readonly KubeletSpan[] {
  return context.record.services.flatMap(service => {
    // Measured from inside, a pod is its own host; on its node it is told by its group.
    const pod = context.record.pods?.find(({ id, uid }) => id === service.host || standsIn(service, uid))
    const clock = hostClock(files.clocks.get(service.host)?.probes ?? [])
    if (pod === undefined || clock === null) return []
    const said = readings.flatMap(({ pods }) => pods[pod.id]?.cpu ?? [])
    return context.stretches
      .filter(({ name }) => name === 'window')
      .flatMap(({ index, start, end }) => {
        const inside = said.filter(({ at }) => at >= clock.toWall(start) && at <= clock.toWall(end))
        const first = inside[0]
        const last = inside.at(-1)
        if (first === undefined || last === undefined || last.at <= first.at) return []
        const span = { from: toMono(clock, start, first.at), to: toMono(clock, start, last.at) }
        const seconds = (last.at - first.at) / 1e6
        const { id, host } = service
        return [{ window: index, service: id, host, seconds, kubelet: last.value - first.value, span }]
      })
  })
}

/** Node's wall clock to its boot clock, as they were to one another at a time of the controller's. */
const toMono = (clock: HostClock, around: number, wall: number): number =>
  wall - clock.toWall(around) + clock.toMono(around)

/** cgroups of pods carry their uid, with `_` for `-` under systemd. */
const standsIn = ({ watch }: RunContext['record']['services'][number], uid: string): boolean =>
  watch.by === 'cgroup' &&
  Object.values(watch.paths).some(
    path => path.includes(`pod${uid}`) || path.includes(`pod${uid.replaceAll('-', '_')}`),
  )

/** What kubelets said; none where they were not asked. @throws JoulemarkError when the file is not what was written */
export async function readKubelets(run: RunArchive): Promise<readonly KubeletReading[]> {
  return (await run.exists(KUBELET_FILE)) ? readLines(run, KUBELET_FILE, KubeletReading) : []
}

/** Both figures side by side. @param measures of hosts that were given the spans on them, in order */
export function kubeletChecks(
  spans: readonly KubeletSpan[],
  measures: readonly HostMeasure[],
): KubeletCheck[] {
  return measures.flatMap(({ host, spans: measured }) =>
    spans
      .filter(one => one.host === host)
      .map(({ window, service, seconds, kubelet }, i) => {
        const sum = measured[i]?.sums.find(
          ({ use, series }) => use === 'service-cpu' && series.instance === service,
        )
        const micros = sum === undefined ? null : valueOf(sum.integral)
        return { window, service, host, seconds, kubelet, recorder: micros === null ? null : micros / 1e6 }
      }),
  )
}
