import type { AccuracyClass, Evidence, SourceKind } from '../../../harness/model/evidence.ts'
import { type Accuracy, classOf, type MeterNature, type PlannedMeter } from '../../../harness/model/meter.ts'

interface Used {
  readonly meter: Pick<PlannedMeter, 'id' | 'source'>
  readonly nature: Pick<MeterNature, 'kind' | 'scope'>
  /** Of all its instances together. */
  readonly accuracy: Accuracy | null
  /** The host is a guest of a hypervisor. */
  readonly guest: boolean
}

/**
 * What a meter's figures are worth. A meter of its own class is at best E3, by its limits of error at the power used; any other sensor is of class
 * E0 until it has been qualified against one. What a guest shows as its host's counter is what the hypervisor allocates.
 * @param watts mean power in the windows; Infinity: there is no figure, and the class is the best that it can reach
 */
export function meterEvidence(o: Used, watts: number): Evidence {
  const kind = kindOf(o)
  return { source: o.meter.id, kind, class: classAt(kind, o.accuracy, watts), scope: o.nature.scope }
}

const kindOf = ({ meter, nature, guest }: Used): SourceKind =>
  nature.kind === 'host-counter' && guest && meter.source === null ? 'hypervisor-allocated' : nature.kind

function classAt(kind: SourceKind, accuracy: Accuracy | null, watts: number): AccuracyClass {
  if (kind === 'synthetic') return 'none'
  return kind === 'wall-meter' ? classOf(accuracy, watts) : 'E0'
}
