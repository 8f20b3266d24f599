import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type {
  InfluxConnection,
  MeterConnection,
  ReadSecret,
  SshConnection,
  TargetConnection,
} from '../model/connection.ts'
import { JoulemarkError } from '../model/error.ts'
import type { SecretRef } from '../model/plan.ts'

const MAX_BYTES = 65_536

/**
 * Reads secrets by reference, as late as possible. The variables that the connections name are taken out of `env` at once, so that no
 * child process inherits them. A file must be the user's own and closed to others; its first line is the secret, or all of it.
 */
export function secretReader(
  env: Record<string, string | undefined>,
  o: {
    readonly targets: Iterable<TargetConnection>
    readonly influx: InfluxConnection | null
    readonly meters?: Iterable<MeterConnection>
  },
): ReadSecret {
  const taken = new Map<string, string>()
  for (const ref of secretRefs(o)) {
    if (!('env' in ref)) continue
    const value = env[ref.env]
    if (value !== undefined) taken.set(ref.env, value)
  }
  for (const name of taken.keys()) delete env[name]
  return async (ref, part = 'line') =>
    'file' in ref
      ? fromFile(ref.file, part)
      : (taken.get(ref.env) ?? missing(`the environment variable ${ref.env} is not set`))
}

function* secretRefs(o: Parameters<typeof secretReader>[1]): Generator<SecretRef> {
  for (const { password, token, community, privacy } of o.meters ?? [])
    yield* [password, token, community, privacy].filter(ref => ref !== undefined)
  if (o.influx !== null) yield o.influx.token
  for (const target of o.targets) {
    if (target.becomePassword !== undefined) yield target.becomePassword
    if (target.kind === 'kubernetes' && target.pullAuth !== undefined) yield target.pullAuth
    if (target.kind === 'ssh') for (const host of Object.values(target.hosts)) yield* hostRefs(host)
  }
}

function* hostRefs(host: SshConnection): Generator<SecretRef> {
  if (host.passphrase !== undefined) yield host.passphrase
  for (const hop of host.jump ?? []) yield* hostRefs(hop)
}

async function fromFile(path: string, part: 'line' | 'whole'): Promise<string> {
  const file = await open(path, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) =>
    missing(`${path} can not be opened (${error.code})`),
  )
  try {
    await refuseOpenToOthers(file, path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0)
    if (bytesRead > MAX_BYTES) missing(`${path} is larger than ${MAX_BYTES} bytes`)
    const text = buffer.toString('utf8', 0, bytesRead)
    return part === 'whole' ? text : (text.split(/\r?\n/, 1)[0] ?? '')
  } finally {
    await file.close()
  }
}

async function refuseOpenToOthers(file: FileHandle, path: string): Promise<void> {
  const { mode, uid } = await file.stat()
  if ((mode & 0o077) !== 0) missing(`${path} may be read by others; chmod 600 it`)
  if (process.getuid !== undefined && uid !== process.getuid()) missing(`${path} belongs to another user`)
}

function missing(why: string): never {
  throw new JoulemarkError({
    code: 'secret-missing',
    exit: 'usage',
    message: `a secret could not be read: ${why}`,
    publicMessage: 'a secret could not be read',
  })
}
