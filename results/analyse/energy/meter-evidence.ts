import type { AccuracyClass, Evidence, SourceKind } from '../../../harness/model/evidence.ts'
import { type Accuracy, classOf, type MeterNature, type PlannedMeter } from '../../../harness/model/meter.ts'

interface Used {
  readonly meter: Pick<PlannedMeter, 'id' | 'source' | 'certificate'>
  readonly nature: Pick<MeterNature, 'kind' | 'scope'>
  /** Of all its instances together. */
  readonly accuracy: Accuracy | null
  /** The host is a guest of a hypervisor. */
  readonly guest: boolean
  /** CPU model of the host. */
  readonly cpu: string
}

/** Power may lie so far outside of what a certificate covers, as a share of either end: levels are means of minutes, and no end is sharp. */
const WIDENED = 0.1

/**
 * What a meter's figures are worth. A meter of its own class is at best E3, by its limits of error at the power used; any other sensor is of class
 * E0 until it has been qualified against one: of class E1 where its certificate holds. What a guest shows as its host's counter is what the hypervisor allocates.
 * @param watts mean power in the windows; Infinity: there is no figure, and the class is the best that it can reach
 */
export function meterEvidence(o: Used, watts: number): Evidence {
  return { source: o.meter.id, kind: kindOf(o), class: classAt(o, watts), scope: o.nature.scope }
}

/**
 * Why the certificate that is cited for a meter does not hold for it here: the sensor of another machine, another kind of source, or power
 * at which it was not looked at. null: it holds, or none is cited.
 */
export function certificateFlaw(o: Used, watts: number): string | null {
  const { certificate } = o.meter
  if (certificate === undefined) return null
  const { source, cpu, range } = certificate
  const kind = kindOf(o)
  if (kind !== source) return `it is of a source of kind ${source}, and here it is ${kind}`
  if (cpu !== o.cpu) return `it is of a machine with ${cpu}, and this one has ${o.cpu}`
  const [low, high] = [range.low * (1 - WIDENED), range.high * (1 + WIDENED)]
  // Without a figure there is no power either: as with the class of a meter, that makes it no worse.
  if (watts === Number.POSITIVE_INFINITY || (watts >= low && watts <= high)) return null
  return `it covers ${wattsText(low)} to ${wattsText(high)} W, and the mean power in the windows was ${wattsText(watts)} W`
}

const wattsText = (watts: number): string => String(Number(watts.toPrecision(4)))

const kindOf = ({ meter, nature, guest }: Used): SourceKind =>
  nature.kind === 'host-counter' && guest && meter.source === null ? 'hypervisor-allocated' : nature.kind

function classAt(o: Used, watts: number): AccuracyClass {
  const kind = kindOf(o)
  if (kind === 'synthetic') return 'none'
  const own = kind === 'wall-meter' ? classOf(o.accuracy, watts) : 'E0'
  const qualified = o.meter.certificate !== undefined && certificateFlaw(o, watts) === null
  return own === 'E0' && qualified ? 'E1' : own
}
