import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../../model/collector.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { DetachedRef, Host } from '../../model/target.ts'
import type { ServiceOptions } from '../../model/workload.ts'
import { script } from '../on-host.ts'
import { asUser } from './account.ts'
import { ownUnit } from './cgroup-plan.ts'
import { factsOf } from './facts-of.ts'
import type { DeployState, PreparedService } from './input.ts'
import { joined } from './join.ts'
import { prepare } from './prepare.ts'

const READY_SECONDS = 60
const POLL_MILLIS = 200
const SAID = 'tail -c 1500 -- "$1" 2>/dev/null; true'

interface ServiceRequest {
  readonly host: Host
  readonly id: string
  readonly argv: readonly string[]
  readonly options: ServiceOptions
}

/** See DeployContext.service. Errors: `service-not-ready` with what the program said. */
export async function startService(state: DeployState, request: ServiceRequest): Promise<Service> {
  const { host, id, options } = request
  const { input } = state
  const prepared = await prepare(state, host, id)
  const ref: DetachedRef = { host: host.id, dir: prepared.dir, name: id }
  const signal = options.stopSignal
  await input.ledger({
    host: host.id,
    remover: 'detached',
    args: { dir: ref.dir, name: ref.name, ...(signal === undefined ? {} : { signal }) },
    what: `service ${id}`,
  })
  const argv = await asUser(state, { host, user: options.user ?? null, argv: request.argv })
  await host.start(ref, joined(prepared, argv), {
    lifeSeconds: input.lifeSeconds,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  await waitReady(state, request, ref)
  if (input.pods !== undefined) return input.pods.watch(host, id)
  return { id, host: host.id, watch: await watchOf(state, request, prepared) }
}

async function waitReady(state: DeployState, request: ServiceRequest, ref: DetachedRef): Promise<void> {
  const { host, options } = request
  const seconds = options.deadlineSeconds ?? READY_SECONDS
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    state.input.signal.throwIfAborted()
    const status = await host.status(ref)
    if (status.state !== 'running') throw await notReady(request, ref, 'it ended')
    if (options.ready === undefined) return
    const exit = await host.exec(options.ready, { deadlineSeconds: 10 })
    if (exit.code === 0) return
    if (performance.now() > deadline) throw await notReady(request, ref, `not ready after ${seconds} s`)
    await sleep(POLL_MILLIS, undefined, { signal: state.input.signal })
  }
}

async function notReady(
  { host, id }: ServiceRequest,
  ref: DetachedRef,
  why: string,
): Promise<JoulemarkError> {
  const said = (await host.exec(script(SAID, `${ref.dir}/${ref.name}.err`))).stdout.trim().slice(-1500)
  return new JoulemarkError({
    code: 'service-not-ready',
    message: `service ${id} on host ${host.id} did not start: ${why}${said === '' ? '' : `: ${said}`}`,
    exit: 'invalid',
    hint: 'what it said stands above; a port that is taken and too little memory or disk are the usual reasons',
  })
}

/** Our own cgroup; else the unit that systemd gave the process; else its process tree, with a finding. */
async function watchOf(
  state: DeployState,
  { host, id }: ServiceRequest,
  prepared: PreparedService,
): Promise<Service['watch']> {
  if (prepared.cgroup !== null) return { by: 'cgroup', ...prepared.cgroup }
  const exit = await host.exec(script('cat "/proc/$(cat "$1")/cgroup"', prepared.pidFile))
  const unit = exit.code === 0 ? ownUnit(factsOf(state.input, host), exit.stdout) : null
  if (unit !== null) return { by: 'cgroup', ...unit }
  state.input.finding({ code: 'CHILDREN_LOST', host: host.id, values: { service: id } })
  return { by: 'tree', pidFile: prepared.pidFile }
}
