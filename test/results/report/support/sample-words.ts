import type { Evidence, UncertaintyParts } from '../../../../harness/model/evidence.ts'

export const NONE: UncertaintyParts = {
  repetition: null,
  instrument: null,
  model: null,
  attribution: null,
  clock: null,
}
export const START = 1_795_412_040_000_000
export const MODEL: Evidence = {
  source: 'power-model',
  kind: 'model',
  class: 'E0',
  scope: 'wall AC, share of an assumed host',
}
