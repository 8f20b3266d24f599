import { AccuracyClass, type Evidence, SourceKind } from '../../../harness/model/evidence.ts'

/** Order of sources for a total: kinds as DESIGN lists them (a meter before a model), then classes, then the source's name. */
export function compareEvidence(a: Evidence, b: Evidence): number {
  return (
    SourceKind.options.indexOf(a.kind) - SourceKind.options.indexOf(b.kind) ||
    AccuracyClass.options.indexOf(a.class) - AccuracyClass.options.indexOf(b.class) ||
    (a.source < b.source ? -1 : a.source > b.source ? 1 : 0)
  )
}

/** The best of the sources that were recorded at all; one that was, but failed in a window, is not replaced by a worse one in silence. */
export const bestEvidence = (all: readonly Evidence[]): Evidence | null =>
  [...all].sort(compareEvidence)[0] ?? null

/** Of figures of one meter, whose class goes by the power at which it was used: the one that all of them reach. */
export const worstEvidence = (all: readonly Evidence[]): Evidence | null =>
  [...all].sort(compareEvidence).at(-1) ?? null

/** Whether two figures are of one meter, in whatever class. */
export const sameMeter = (a: Evidence, b: Evidence): boolean =>
  a.source === b.source && sameEvidence({ ...a, class: b.class }, b)

/** Whether two figures are of one kind and may be added up or ranked. Which meter it was does not matter: each machine has its own. */
export const sameEvidence = (a: Evidence, b: Evidence): boolean =>
  a.kind === b.kind && a.class === b.class && a.scope === b.scope
