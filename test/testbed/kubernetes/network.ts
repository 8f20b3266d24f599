import { readFile, writeFile } from 'node:fs/promises'
import { run, tryRun } from './processes.ts'

const FORWARD = '/proc/sys/net/ipv4/ip_forward'

/** A node's place in the network. */
export interface NodePlace {
  readonly name: string
  /** null: the machine's own namespace. */
  readonly netns: string | null
  readonly address: string
  /** CIDR of its pods, their gateway, and the bridge that they hang on. */
  readonly pods: string
  readonly gateway: string
  readonly bridge: string
}

export interface Network {
  readonly nodes: readonly NodePlace[]
  /** Address of the control plane: that of the first node. */
  readonly address: string
}

/** Names and addresses for a cluster of that short name (at most 6 characters). Nothing is made. */
export async function planNetwork(id: string): Promise<Network> {
  const used = await run('ip', '-o', '-4', 'addr')
  let third = 0
  while (used.includes(`10.214.${third}.`) || used.includes(`10.215.${third}.`)) third += 1
  const place = (name: string, netns: string | null, i: number): NodePlace => ({
    name,
    netns,
    address: `10.214.${third}.${i + 1}`,
    pods: `10.215.${third}.${i * 128}/25`,
    gateway: `10.215.${third}.${i * 128 + 1}`,
    bridge: `jmk${id}p${i}`,
  })
  return {
    nodes: [place('node-a', null, 0), place('node-b', `jmk${id}`, 1)],
    address: `10.214.${third}.1`,
  }
}

/** A bridge for the nodes; the second one lives in a namespace of its own behind a pair of veth. */
export async function makeNetwork(id: string, { nodes }: Network): Promise<{ readonly forward: string }> {
  const [first, second] = nodes as [NodePlace, NodePlace]
  const forward = (await readFile(FORWARD, 'utf8')).trim()
  await writeFile(FORWARD, '1')
  const bridge = `jmk${id}`
  await run('ip', 'link', 'add', bridge, 'type', 'bridge')
  await run('ip', 'addr', 'add', `${first.address}/24`, 'dev', bridge)
  await run('ip', 'link', 'set', bridge, 'up')
  const netns = second.netns ?? ''
  await run('ip', 'netns', 'add', netns)
  await run('ip', 'link', 'add', `jmk${id}v`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns)
  await run('ip', 'link', 'set', `jmk${id}v`, 'master', bridge, 'up')
  await run('ip', '-n', netns, 'addr', 'add', `${second.address}/24`, 'dev', 'eth0')
  await run('ip', '-n', netns, 'link', 'set', 'eth0', 'up')
  await run('ip', '-n', netns, 'link', 'set', 'lo', 'up')
  await run('ip', '-n', netns, 'route', 'add', 'default', 'via', first.address)
  await run('nsenter', `--net=/run/netns/${netns}`, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
  await run('ip', 'route', 'add', second.pods, 'via', second.address)
  return { forward }
}

export async function removeNetwork(id: string, forward: string): Promise<void> {
  await tryRun('ip', 'netns', 'del', `jmk${id}`)
  for (const link of [`jmk${id}v`, `jmk${id}p0`, `jmk${id}p1`, `jmk${id}`])
    await tryRun('ip', 'link', 'del', link)
  // Somebody else may have it on by now; it is only set back to what it was.
  if (forward === '0' || forward === '1') await writeFile(FORWARD, forward)
}

/** Network configuration of a node's containers: a bridge, addresses from a file, and loopback. */
export const cniConfig = (place: NodePlace, dataDir: string): string =>
  JSON.stringify({
    cniVersion: '1.0.0',
    name: place.bridge,
    plugins: [
      {
        type: 'bridge',
        bridge: place.bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir,
          ranges: [[{ subnet: place.pods, gateway: place.gateway }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'loopback' },
    ],
  })
