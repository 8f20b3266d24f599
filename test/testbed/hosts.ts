// SSH hosts on one machine: each with a network namespace, a mount namespace and an sshd of its own. They share one kernel, so
// they have one boot id. Needs root, iproute2, util-linux and openssh-server; everything is gone after dispose.
import { chmod, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'

export interface TestHost {
  readonly name: string
  readonly address: string
  /** The sshd's pid: its namespaces are the host's. */
  readonly pid: number
  /** Runs a program inside the host. */
  run(argv: readonly string[]): Promise<string>
}

/** What stands on a host: equal before and after, when nothing was left. */
export interface Snapshot {
  readonly processes: readonly string[]
  readonly ports: readonly string[]
  readonly files: readonly string[]
  readonly users: string
  readonly cgroups: readonly string[]
}

export interface TestHosts extends AsyncDisposable {
  readonly hosts: ReadonlyMap<string, TestHost>
  /** A `.ssh` folder with config (aliases `jm-<name>`), key and known_hosts, to be mounted over the controller's own. */
  readonly sshFolder: string
  /** `campaign`: name of the campaigns whose cgroups are looked for; hosts share their kernel with everything else on the machine. */
  snapshot(campaign: string): Promise<Record<string, Snapshot>>
  /** argv that runs a command with sshFolder as root's ~/.ssh, in a mount namespace of its own. */
  readonly asController: (argv: readonly string[]) => readonly [string, ...string[]]
}

/** Folders of a host that are its own: what a run may write to. */
const PRIVATE = ['/root', '/tmp', '/var/tmp', '/run/lock', '/dev/shm']

const run = async (argv: readonly string[]): Promise<string> => {
  const [program = '', ...args] = argv
  return (await execa(program, args, { stdin: 'ignore' })).stdout
}

const alive = async (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`).then(
    () => true,
    () => false,
  )

/** Namespaces carry the pid of the test that made them: those of dead ones are removed first. */
async function sweep(): Promise<void> {
  const names = (await readdir('/run/netns').catch(() => [])).filter(n => /^jm\d+-/.test(n))
  for (const name of names) {
    const owner = Number(/^jm(\d+)-/.exec(name)?.[1])
    if (!(await alive(owner))) await removeNamespace(name)
  }
  const links = JSON.parse((await run(['ip', '-j', 'link', 'show', 'type', 'bridge'])) || '[]') as {
    ifname: string
  }[]
  for (const { ifname } of links) {
    const owner = /^jmb(\d+)$/.exec(ifname)?.[1]
    if (owner !== undefined && !(await alive(Number(owner)))) await run(['ip', 'link', 'del', ifname])
  }
}

async function pidsIn(namespace: string): Promise<number[]> {
  const out = await execa('ip', ['netns', 'pids', namespace], { reject: false })
  return out.stdout.split('\n').filter(Boolean).map(Number)
}

async function removeNamespace(namespace: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const pids = await pidsIn(namespace)
    if (pids.length === 0) break
    for (const pid of pids) {
      try {
        process.kill(pid, round < 10 ? 'SIGTERM' : 'SIGKILL')
      } catch {
        // already gone
      }
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  await execa('ip', ['netns', 'del', namespace], { reject: false })
}

async function freeSubnet(): Promise<string> {
  const used = await run(['ip', '-o', '-4', 'addr'])
  for (let third = process.pid % 250; ; third = (third + 1) % 250) {
    const subnet = `10.213.${third}`
    if (!used.includes(`${subnet}.`)) return subnet
  }
}

async function startHost(o: {
  name: string
  namespace: string
  bridge: string
  address: string
  gateway: string
  folder: string
}): Promise<TestHost> {
  const veth = `${o.bridge}-${o.address.split('.').at(-1)}`.slice(-15)
  await run(['ip', 'netns', 'add', o.namespace])
  await run(['ip', 'link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', o.namespace])
  await run(['ip', 'link', 'set', veth, 'master', o.bridge, 'up'])
  await run(['ip', '-n', o.namespace, 'addr', 'add', `${o.address}/24`, 'dev', 'eth0'])
  await run(['ip', '-n', o.namespace, 'link', 'set', 'eth0', 'up'])
  await run(['ip', '-n', o.namespace, 'link', 'set', 'lo', 'up'])
  await run(['ip', '-n', o.namespace, 'route', 'add', 'default', 'via', o.gateway])
  const key = path.join(o.folder, `host-${o.name}`)
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])
  const config = path.join(o.folder, `sshd-${o.name}.conf`)
  await writeFile(
    config,
    [
      `ListenAddress ${o.address}:22`,
      `HostKey ${key}`,
      `PidFile ${o.folder}/sshd-${o.name}.pid`,
      `AuthorizedKeysFile ${o.folder}/authorized_keys`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'MaxSessions 20',
      '',
    ].join('\n'),
  )
  const mounts = PRIVATE.map(
    p => `mount -t tmpfs -o mode=${p === '/root' ? '0700' : '1777'} jm-test ${p}`,
  ).join(' && ')
  const child = execa(
    'nsenter',
    [
      `--net=/run/netns/${o.namespace}`,
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `${mounts} && cd / && exec /usr/sbin/sshd -D -e -f "$1"`,
      'sh',
      config,
    ],
    {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: { file: path.join(o.folder, `sshd-${o.name}.log`) },
      reject: false,
      cleanup: true,
    },
  )
  const pid = child.pid
  if (pid === undefined) throw new Error('sshd did not start')
  await waitForPort(o.address, 22)
  const run1 = async (argv: readonly string[]): Promise<string> =>
    run(['nsenter', '-t', String(pid), '-n', '-m', '--', ...argv])
  return { name: o.name, address: o.address, pid, run: run1 }
}

async function waitForPort(address: string, port: number): Promise<void> {
  const until = Date.now() + 20_000
  for (;;) {
    const scan = await execa('ssh-keyscan', ['-T', '2', '-p', String(port), address], { reject: false })
    if (scan.stdout.includes('ssh-ed25519')) return
    if (Date.now() > until) throw new Error(`no sshd at ${address}:${port}: ${scan.stderr}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function snapshotOf(host: TestHost, namespace: string, campaign: string): Promise<Snapshot> {
  const net = await readlink(`/proc/${host.pid}/ns/net`)
  const processes: string[] = []
  for (const pid of await pidsIn(namespace)) {
    if (pid === host.pid || (await readlink(`/proc/${pid}/ns/net`).catch(() => '')) !== net) continue
    const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()
    if (line !== '' && !/^sshd(:| |-)|\/sshd /.test(line)) processes.push(line)
  }
  const listening = (await host.run(['cat', '/proc/net/tcp', '/proc/net/tcp6']))
    .split('\n')
    .map(l => l.trim().split(/\s+/))
    .filter(f => f[3] === '0A')
  const files = await host.run(['find', ...PRIVATE, '-xdev', '-mindepth', '1', '-print'])
  const cgroups = await execa('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `jm-${campaign}-*`], {
    reject: false,
  })
  return {
    processes: processes.sort(),
    ports: listening.map(f => f[1] ?? '').sort(),
    files: files.split('\n').filter(Boolean).sort(),
    users: await host.run(['cat', '/etc/passwd', '/etc/group']),
    cgroups: cgroups.stdout.split('\n').filter(Boolean).sort(),
  }
}

export async function startHosts(names: readonly string[]): Promise<TestHosts> {
  await sweep()
  const tag = `jm${process.pid}`
  const bridge = `jmb${process.pid}`
  const folder = `/run/jm-test-${process.pid}`
  const subnet = await freeSubnet()
  const sshFolder = path.join(folder, 'ssh')
  await mkdir(sshFolder, { recursive: true, mode: 0o700 })
  await mkdir('/run/sshd', { recursive: true })
  await mkdir('/root/.ssh', { recursive: true, mode: 0o700 })
  const hosts = new Map<string, TestHost>()
  const namespaceOf = (name: string): string => `${tag}-${name}`
  const dispose = async (): Promise<void> => {
    for (const name of names) await removeNamespace(namespaceOf(name))
    await execa('ip', ['link', 'del', bridge], { reject: false })
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await run(['ip', 'link', 'add', bridge, 'type', 'bridge'])
    await run(['ip', 'addr', 'add', `${subnet}.1/24`, 'dev', bridge])
    await run(['ip', 'link', 'set', bridge, 'up'])
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path.join(sshFolder, 'id_ed25519')])
    await writeFile(
      path.join(folder, 'authorized_keys'),
      await readFile(path.join(sshFolder, 'id_ed25519.pub')),
    )
    for (const [i, name] of names.entries()) {
      hosts.set(
        name,
        await startHost({
          name,
          namespace: namespaceOf(name),
          bridge,
          address: `${subnet}.${i + 11}`,
          gateway: `${subnet}.1`,
          folder,
        }),
      )
    }
    const known: string[] = []
    const config: string[] = []
    for (const host of hosts.values()) {
      known.push(
        `${host.address} ${(await readFile(path.join(folder, `host-${host.name}.pub`), 'utf8')).trim()}`,
      )
      config.push(
        `Host jm-${host.name}`,
        `  HostName ${host.address}`,
        '  User root',
        '  IdentityFile ~/.ssh/id_ed25519',
        '  IdentitiesOnly yes',
        '',
      )
    }
    await writeFile(path.join(sshFolder, 'known_hosts'), `${known.join('\n')}\n`)
    await writeFile(path.join(sshFolder, 'config'), config.join('\n'))
    await chmod(path.join(sshFolder, 'config'), 0o600)
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    hosts,
    sshFolder,
    snapshot: async campaign => {
      const all: Record<string, Snapshot> = {}
      for (const host of hosts.values())
        all[host.name] = await snapshotOf(host, namespaceOf(host.name), campaign)
      return all
    },
    asController: argv => [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount --bind "$1" /root/.ssh && shift && exec "$@"',
      'sh',
      sshFolder,
      ...argv,
    ],
    [Symbol.asyncDispose]: dispose,
  }
}
