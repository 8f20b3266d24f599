import type { HostFacts } from '../../../harness/model/target.ts'

/** A server of one socket on bare metal with RAPL; `without` hides the sensor as a guest does. */
export function serverFacts(o: {
  readonly bootId: string
  readonly threads: number
  readonly rapl: boolean
  readonly dram?: boolean
}): HostFacts {
  const zone = '/sys/class/powercap/intel-rapl:0'
  return {
    bootId: o.bootId,
    arch: 'x64',
    kernel: '6.1.0',
    os: { id: 'debian', version: '12', libc: 'glibc' },
    cpu: {
      model: 'Example 9000',
      vendor: 'Example',
      sockets: 1,
      cores: o.threads,
      threads: o.threads,
      governor: null,
      turbo: null,
    },
    memoryBytes: 8 * 2 ** 30,
    virtualization: o.rapl ? 'none' : 'kvm',
    container: false,
    cgroup: { version: '2', mounts: {}, own: {}, writable: {} },
    init: 'systemd',
    user: { root: true, systemdUser: false },
    perl: '/usr/bin/perl',
    tools: {},
    userHz: 100,
    pageSize: 4096,
    workRoot: '/var/tmp',
    workRootExec: true,
    workRootFree: 1e9,
    tmpfs: null,
    probes: o.rapl
      ? {
          ...(o.dram === true
            ? {
                [`${zone}:0/name`]: { text: 'dram\n' },
                [`${zone}:0/energy_uj`]: { text: '55555\n' },
                [`${zone}:0/max_energy_range_uj`]: { text: '65712999613\n' },
              }
            : {}),
          [`${zone}/name`]: { text: 'package-0\n' },
          [`${zone}/energy_uj`]: { text: '123456789\n' },
          [`${zone}/max_energy_range_uj`]: { text: '262143328850\n' },
        }
      : {},
  }
}
