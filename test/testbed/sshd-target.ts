import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadSecret, SshConnection } from '../../harness/model/connection.ts'
import type { Host, Target } from '../../harness/model/target.ts'
import { connectTarget } from '../../harness/targets/registry.ts'
import type { KeyPair, Sshd } from './sshd.ts'

export interface SshTargetOptions {
  readonly connection: SshConnection
  readonly become?: 'none' | 'sudo'
  readonly becomePassword?: { readonly env: string }
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly prompt?: (question: string) => Promise<string>
}

/** Secrets of tests come from the environment handed in. */
export const secretsOf =
  (env: Readonly<Record<string, string | undefined>>): ReadSecret =>
  async ref => {
    const value = 'env' in ref ? env[ref.env] : undefined
    if (value === undefined) throw new Error('no such secret')
    return value
  }

/** A target of one host, `one`, in both roles. */
export async function sshTarget(o: SshTargetOptions): Promise<Target & { readonly one: Host }> {
  const env = o.env ?? { PATH: process.env.PATH, HOME: process.env.HOME }
  const target = await connectTarget({
    planned: {
      id: 'test',
      kind: 'ssh',
      become: o.become ?? 'none',
      hosts: [{ id: 'one', roles: ['sut', 'loadgen'], assumed: {} }],
    },
    connection: {
      kind: 'ssh',
      become: o.become ?? 'none',
      hosts: { one: o.connection },
      ...(o.becomePassword === undefined ? {} : { becomePassword: o.becomePassword }),
    },
    readSecret: secretsOf(env),
    env,
    ...(o.prompt === undefined ? {} : { prompt: o.prompt }),
  })
  return { ...target, one: target.host('sut'), [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() }
}

/** A folder for keys and known_hosts, gone when disposed of. */
export async function scratch(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-test-'))
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

let files = 0

/** A connection to an sshd of the test that knows its host key; fields of `more` win. */
export async function connectionTo(
  sshd: Sshd,
  key: KeyPair,
  dir: string,
  more: Partial<SshConnection> = {},
): Promise<SshConnection> {
  const knownHosts = join(dir, `known_hosts_${files++}`)
  await writeFile(knownHosts, sshd.knownHosts())
  return {
    address: sshd.address,
    port: sshd.port,
    user: 'root',
    identity: key.path,
    knownHosts,
    config: 'none',
    ...more,
  }
}
