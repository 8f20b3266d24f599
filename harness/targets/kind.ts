import type { ReadSecret, TargetConnection } from '../model/connection.ts'
import { JoulemarkError } from '../model/error.ts'
import type { PlannedTarget, SecretRef } from '../model/plan.ts'
import type { Host, Target } from '../model/target.ts'
import type { BecomeRoot } from '../transport/become.ts'

/** What a target needs to be connected. */
export interface ConnectRequest {
  readonly planned: PlannedTarget
  readonly connection: TargetConnection
  readonly readSecret: ReadSecret
  /** Asks the person at the terminal, without echo. Absent: nobody is there. */
  readonly prompt?: ((question: string) => Promise<string>) | undefined
  /** The controller's environment: HOME, SSH_AUTH_SOCK, USER, PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Controller's wall clock, µs; default the machine's. */
  readonly now?: () => number
}

/** A kind of place to measure. */
export interface TargetKind {
  readonly id: string
  readonly title: string
  readonly about: string
  connect(request: ConnectRequest): Promise<Target>
}

export const systemNow = (): number => Date.now() * 1000

/** Asks each question once: connections are made anew after every window, and nobody sits there by then. */
export function askOnce(prompt: ConnectRequest['prompt']): ConnectRequest['prompt'] {
  if (prompt === undefined) return undefined
  const answers = new Map<string, Promise<string>>()
  return question => {
    const answer = answers.get(question) ?? prompt(question)
    answers.set(question, answer)
    return answer
  }
}

/** By campaign (its reader of secrets) and target: a target is connected anew for every run, and a wrong password is wrong for all of them. */
const refusals = new WeakMap<ReadSecret, Map<string, Map<string, JoulemarkError>>>()

function refusalsOf(o: ConnectRequest): Map<string, JoulemarkError> {
  const ofCampaign = refusals.get(o.readSecret) ?? new Map<string, Map<string, JoulemarkError>>()
  const ofTarget = ofCampaign.get(o.planned.id) ?? new Map<string, JoulemarkError>()
  refusals.set(o.readSecret, ofCampaign.set(o.planned.id, ofTarget))
  return ofTarget
}

/** The target's way to root; the password is read once, when it is first needed. */
export function becomeRoot(o: ConnectRequest, ref: SecretRef | undefined): BecomeRoot {
  const { prompt } = o
  let password: Promise<string> | null = null
  const ask =
    ref !== undefined
      ? () => o.readSecret(ref)
      : prompt === undefined
        ? null
        : () => prompt(`sudo password for target ${o.planned.id}: `)
  return {
    kind: o.connection.become,
    password: ask === null ? null : () => (password ??= ask()),
    refusals: refusalsOf(o),
  }
}

/** A target of hosts and what must be let go of with it. */
export function makeTarget(o: ConnectRequest, hosts: readonly Host[], dispose: () => Promise<void>): Target {
  const host = (role: 'sut' | 'loadgen'): Host => {
    const found =
      hosts.find(candidate => candidate.roles.includes(role)) ??
      hosts.find(candidate => candidate.roles.includes('sut'))
    if (found !== undefined) return found
    throw new JoulemarkError({
      code: 'no-host-in-role',
      message: `target ${o.planned.id} has no host in the role ${role}`,
    })
  }
  return {
    id: o.planned.id,
    kind: o.planned.kind,
    hosts: new Map(hosts.map(one => [one.id, one])),
    host,
    [Symbol.asyncDispose]: dispose,
  }
}
