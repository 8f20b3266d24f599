import type { Evidence } from '../../../harness/model/evidence.ts'
import type { AssumedHost } from '../../../harness/model/plan.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import { coefficients } from './coefficients.ts'
import { type AssumedMachine, type Machine, machineOf } from './predict.ts'
import { CURVE_SPAN } from './types.ts'

/** The machine under a host as the model sees it: what was found, and what the campaign file assumes. */
export function hostMachine(facts: HostFacts, assumed: AssumedHost): Machine {
  return machineOf(coefficients, {
    ...stated(isPossible(facts, assumed) ? assumed : withoutMachine(assumed)),
    cpus: facts.cpu.threads,
    bareMetal: isBareMetal(facts),
  })
}

/** A machine has at least as many threads as one of its guests has CPUs; else the statement is about another machine. */
const isPossible = (facts: HostFacts, { threads }: AssumedHost): boolean =>
  isBareMetal(facts) || threads === undefined || threads >= facts.cpu.threads

/** Threads and watts are of one machine: when the former can't be right the latter say nothing either. */
const withoutMachine = ({ overcommitment, year }: AssumedHost): AssumedHost => ({ overcommitment, year })

/** A container on bare metal sees the CPUs of the whole machine. */
export const isBareMetal = (facts: HostFacts): boolean => facts.virtualization === 'none'

/** What was stated stands in the scope, and so in the boundary key: figures of different assumptions are never ranked against one another. */
export const modelEvidence = (facts: HostFacts, assumed: AssumedHost): Evidence => ({
  source: 'power-model',
  kind: 'model',
  class: 'E0',
  scope: `${isBareMetal(facts) ? 'wall AC, 1 machine, modelled' : 'wall AC, share of an assumed host'}${said(assumed)}`,
})

/** The factor set of a model's figures: those of another fit, or of the curve over other spans, are not comparable. */
export const modelFactors = `power-model ${coefficients.table}, curve over ${CURVE_SPAN} s`

/** Why the model reaches beyond its data for this machine, or can't use what was stated of it; null: it does not. Said once per host and run. */
export function extrapolation(facts: HostFacts, assumed: AssumedHost): string | null {
  const [first, last] = coefficients.years
  if (!isPossible(facts, assumed))
    return `the host is said to have ${assumed.threads} threads and its guest has ${facts.cpu.threads}: threads and watts that were stated are not used`
  if (facts.arch === 'arm64') return `the data have one arm64 machine (${first} to ${last})`
  if (assumed.year === undefined) return `the machine may be newer than the data (${first} to ${last})`
  return assumed.year > last ? `the machine is of ${assumed.year}, the data end with ${last}` : null
}

/** All that was stated, used or not: the reader sees what the campaign file says. */
function said(assumed: AssumedHost): string {
  const parts = [
    assumed.threads === undefined ? null : `${assumed.threads} threads`,
    assumed.overcommitment === undefined ? null : `overcommitment ${assumed.overcommitment}`,
    assumed.idleWatts === undefined ? null : `${assumed.idleWatts} W idle`,
    assumed.fullWatts === undefined ? null : `${assumed.fullWatts} W full`,
    assumed.year === undefined ? null : `of ${assumed.year}`,
  ].filter(part => part !== null)
  return parts.length === 0 ? '' : ` (assumed: ${parts.join(', ')})`
}

/** Only what is there: an absent assumption is not an undefined one. */
const stated = (assumed: AssumedHost): Partial<AssumedMachine> =>
  Object.fromEntries(Object.entries(assumed).filter(([, value]) => value !== undefined))
