import type { AccuracyClass, Evidence } from '../../../harness/model/evidence.ts'
import { classOf, type MeterNature, type PlannedMeter } from '../../../harness/model/meter.ts'

/**
 * What a meter's figures are worth. A meter of its own class is at best E3, by its limits of error at the power used; any other sensor is of class
 * E0 until it has been qualified against one.
 * @param watts mean power in the windows; NaN: not known
 */
export function meterEvidence(
  o: { readonly meter: Pick<PlannedMeter, 'id' | 'accuracy'>; readonly nature: MeterNature },
  watts: number,
): Evidence {
  const { meter, nature } = o
  return { source: meter.id, kind: nature.kind, class: classAt(o, watts), scope: nature.scope }
}

function classAt(
  { meter, nature }: { readonly meter: Pick<PlannedMeter, 'accuracy'>; readonly nature: MeterNature },
  watts: number,
): AccuracyClass {
  if (nature.kind === 'synthetic') return 'none'
  return nature.kind === 'wall-meter' ? classOf(meter.accuracy, watts) : 'E0'
}
