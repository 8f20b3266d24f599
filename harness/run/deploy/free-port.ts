import { randomInt } from 'node:crypto'
import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import { must, script } from '../on-host.ts'
import type { DeployState } from './input.ts'

// Below the range from which Linux takes the ports of outgoing connections (32768 … 60999 unless changed).
const FIRST = 15_000
const END = 32_768

/** Local ports in the format of /proc/net/tcp: `sl local_address rem_address st …`, address:port in hexadecimal, in any state. */
export const takenPorts = (procNetTcp: string): ReadonlySet<number> =>
  new Set(
    [...procNetTcp.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(match =>
      Number.parseInt(match[1] ?? '', 16),
    ),
  )

/** A TCP port that nothing uses on that host, each given out once. Another program may still take it before ours does. */
export async function findFreePort(state: DeployState, host: Host): Promise<number> {
  const exit = await must(
    host,
    'look which ports are in use',
    script('cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true'),
    {
      maxBytes: 16_777_216,
    },
  )
  const taken = takenPorts(exit.stdout)
  for (let tries = 0; tries < 1000; tries += 1) {
    const port = randomInt(FIRST, END)
    if (taken.has(port) || state.ports.has(port)) continue
    state.ports.add(port)
    return port
  }
  throw new JoulemarkError({
    code: 'no-free-port',
    message: `host ${host.id} has no free TCP port between ${FIRST} and ${END - 1}`,
    exit: 'unreachable',
  })
}
