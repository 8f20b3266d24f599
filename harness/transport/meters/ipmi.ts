import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { type IpmiLink, MeterError, type MeterFault } from '../../model/meter.ts'
import type { Bounded } from './within.ts'

/** A second for each packet, and two more tries: nobody there is told after six, before a question's deadline. */
const PATIENCE = ['-N', '1', '-R', '2'] as const
/** Of an answer. */
const MAX_BYTES = 256 << 10

/**
 * IPMI 2.0 over LAN by the program ipmitool, a session for each question. The password goes by a file that only we can read, made when it is first
 * needed and removed at the end; never by argv or environment.
 */
export function openIpmi(connection: MeterConnection, readSecret: ReadSecret): IpmiLink & Bounded {
  let signal: AbortSignal | null = null
  let folder: string | null = null
  let closed = false
  const remove = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true })
    folder = null
    process.removeListener('exit', remove)
  }

  async function passwordFile(): Promise<string> {
    if (folder === null) {
      const secret = connection.password === undefined ? '' : await readSecret(connection.password)
      if (/[\r\n\0]/.test(secret)) throw new MeterError('credentials', 'the password has several lines')
      // IPMI 2.0, 22.30: 20 bytes at most; ipmitool would cut it without a word.
      if (Buffer.byteLength(secret) > 20)
        throw new MeterError('credentials', 'the password has more than the 20 bytes that IPMI knows')
      if (closed) throw new MeterError('unreachable', 'it is no longer asked')
      folder = mkdtempSync(join(tmpdir(), 'joulemark-ipmi-'))
      process.once('exit', remove)
      writeFileSync(join(folder, 'password'), secret, { mode: 0o600, flag: 'wx' })
    }
    return join(folder, 'password')
  }

  return {
    kind: 'ipmi',
    async run(words) {
      const { address = '', port = 623, user = '', privilege = 'user', cipher } = connection
      const argv = ['-v', '-I', 'lanplus', '-H', address, '-p', String(port), '-U', user]
      argv.push('-L', privilege.toUpperCase(), ...PATIENCE, '-f', await passwordFile())
      if (cipher !== undefined) argv.push('-C', String(cipher))
      const done = await execa('ipmitool', [...argv, ...words], {
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        extendEnv: false,
        stdin: 'ignore',
        reject: false,
        maxBuffer: MAX_BYTES,
        forceKillAfterDelay: 500,
        ...(signal === null ? {} : { cancelSignal: signal }),
      })
      if (done.exitCode === 0 && !done.isMaxBuffer) return done.stdout
      if (done.isCanceled) throw new MeterError('slow', 'no answer')
      if (done.isMaxBuffer) throw new MeterError('garbage', `more than ${MAX_BYTES} bytes of an answer`)
      if (done.exitCode === undefined && done.cause !== undefined)
        throw new MeterError(
          'unreachable',
          'the program ipmitool can’t be started on this machine',
          'Debian, Ubuntu: apt-get install ipmitool',
        )
      throw ipmiFault(done.stderr)
    },
    async within(until, act) {
      signal = until
      try {
        return await act()
      } finally {
        signal = null
      }
    },
    async close() {
      closed = true
      remove()
    },
  }
}

/** What ipmitool 1.8.19 says with -v, in the order in which it counts; completion codes: IPMI 2.0, table 5-2. */
const SAYS: readonly (readonly [RegExp, MeterFault, string])[] = [
  [/RAKP 2 HMAC is invalid/, 'credentials', 'the password is wrong'],
  [/unauthorized name|Invalid user name/, 'credentials', 'it knows no such user'],
  [
    /invalid role|requested role|Privilege Level|Insufficient privilege/i,
    'forbidden',
    'this user’s privilege level does not reach it',
  ],
  [/rsp=0x(?:c1|c2)|Invalid command/i, 'absent', 'it does not know this command'],
  [/rsp=0xcb|not found!/i, 'absent', 'it has no such sensor'],
  [/rsp=0x(?:c0|c3|ce|d0|d1|d2)/, 'slow', 'it is busy'],
  [/rsp=0xd5/, 'absent', 'it can’t do this now'],
  [
    /invalid (?:authentication|integrity|confidentiality) algorithm|No Cipher Suite/i,
    'credentials',
    'it wants another cipher suite',
  ],
  [/Address lookup/, 'unreachable', 'there is no such host'],
  [
    /Auth(?:entication)? Capabilities|Could not open socket|timed? ?out/i,
    'unreachable',
    'nothing there answers as IPMI',
  ],
]

function ipmiFault(stderr: string): MeterError {
  const said = stderr.slice(0, MAX_BYTES)
  const [, fault, reason] = SAYS.find(([words]) => words.test(said)) ?? []
  return fault === undefined || reason === undefined
    ? new MeterError('garbage', 'ipmitool ended with an error', said.trim().split('\n').at(-1)?.slice(0, 200))
    : new MeterError(fault, reason)
}
