import type { HostFacts } from '../model/target.ts'

/** A usual virtual server, for estimates before any host was asked; eight threads unless the file says how many. */
export function typicalFacts(threads = 8): HostFacts {
  return {
    bootId: '00000000-0000-0000-0000-000000000000',
    arch: 'x64',
    kernel: '6.1.0',
    os: { id: 'debian', version: '12', libc: 'glibc' },
    cpu: {
      model: 'usual',
      vendor: 'usual',
      sockets: 1,
      cores: threads,
      threads,
      governor: null,
      turbo: null,
    },
    memoryBytes: 16 * 2 ** 30,
    virtualization: 'kvm',
    container: false,
    cgroup: { version: '2', mounts: { unified: '/sys/fs/cgroup' }, own: {}, writable: {} },
    init: 'systemd',
    user: { root: true, systemdUser: false },
    perl: 'v5.36.0',
    tools: {},
    userHz: 100,
    pageSize: 4096,
    workRoot: '/var/tmp',
    workRootExec: true,
    workRootFree: 2 ** 33,
    tmpfs: { path: '/dev/shm', free: 2 ** 30 },
    probes: {},
  }
}
