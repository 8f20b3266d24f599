import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { HostFacts } from '../../../harness/model/target.ts'
import { parseCgroups } from '../../../harness/targets/parse-cgroups.ts'
import { parseFacts, splitSections } from '../../../harness/targets/parse-facts.ts'

const fixture = (name: string) => readFile(new URL(`./fixtures/${name}.txt`, import.meta.url), 'utf8')
const kvm = await fixture('debian-kvm')
const metal = await fixture('bare-metal-v2')

/** A section of the recorded output, replaced. */
const withSection = (text: string, name: string, content: string) =>
  text.replace(new RegExp(`(\nMARK ${name}\n)[^]*?(?=\nMARK )`), `$1${content}`)

test('a recorded guest: Debian in a container on KVM, cgroup v1 beside v2', () => {
  const facts = parseFacts(kvm, 'MARK')
  expect(HostFacts.parse(facts)).toEqual(facts)
  expect(facts).toMatchObject({
    bootId: '0c1d2e3f-1111-4222-8333-444455556666',
    arch: 'x64',
    os: { id: 'debian', version: '12', libc: 'glibc' },
    cpu: {
      model: 'Intel(R) Xeon(R) Processor',
      sockets: 1,
      cores: 2,
      threads: 2,
      governor: null,
      turbo: null,
    },
    memoryBytes: 24683656 * 1024,
    virtualization: 'kvm',
    container: true,
    init: 'other',
    user: { root: true, systemdUser: false },
    perl: '5.36.0',
    workRoot: '/home/user/.cache/joulemark',
    tmpfs: { path: '/dev/shm', free: 24681800 * 1024 },
    userHz: 100,
  })
  expect(facts.cgroup).toMatchObject({
    version: 'hybrid',
    mounts: { memory: '/sys/fs/cgroup/memory', unified: '/sys/fs/cgroup/unified' },
    own: { memory: '/sys/fs/cgroup/memory/system.slice/ssh.service', cpu: '/sys/fs/cgroup/cpu' },
    writable: { cpuacct: '/sys/fs/cgroup/cpuacct', memory: '/sys/fs/cgroup/memory/system.slice/ssh.service' },
  })
  expect(facts.cgroup.writable.cpuset).toBeUndefined()
})

test('probes: text as it was, errors by name, a pattern without a match under itself', () => {
  const { probes } = parseFacts(kvm, 'MARK')
  expect(probes).toEqual({
    '/proc/loadavg': { text: expect.stringMatching(/^[\d. ]+\/\d+ \d+\n$/) },
    '/nonexistent/file': { error: 'ENOENT' },
    '/proc': { error: 'EISDIR' },
    '/sys/class/powercap/*/name': { error: 'ENOENT' },
  })
})

test('bare metal with two sockets under systemd and cgroup v2, after a banner', () => {
  const facts = parseFacts(metal, 'MARK')
  expect(facts).toMatchObject({
    virtualization: 'none',
    container: false,
    cpu: { sockets: 2, cores: 4, threads: 8, governor: 'performance', turbo: true },
    cgroup: {
      version: '2',
      mounts: { unified: '/sys/fs/cgroup' },
      own: { unified: '/sys/fs/cgroup/user.slice/user-1000.slice/session-4.scope' },
      writable: {},
    },
    init: 'systemd',
    user: { root: false, systemdUser: true },
  })
})

test('the folder with room from which programs may be run is taken first', () => {
  expect(parseFacts(metal, 'MARK')).toMatchObject({
    workRoot: '/tmp',
    workRootExec: true,
    workRootFree: 912345678 * 1024,
  })
  const small = withSection(metal, 'work-roots', '1 900 /var/tmp\n0 912345678 /tmp\n')
  expect(parseFacts(small, 'MARK').workRoot).toBe('/var/tmp')
  const noexec = withSection(metal, 'work-roots', '0 912345678 /a b\n')
  expect(parseFacts(noexec, 'MARK')).toMatchObject({ workRoot: '/a b', workRootExec: false })
  expect(() => parseFacts(withSection(metal, 'work-roots', ''), 'MARK')).toThrow(
    /no folder there may be written/,
  )
})

test.each([
  ['QEMU\nStandard PC\n', ' hypervisor', 'x86_64', 'qemu'],
  ['OpenStack Foundation\nOpenStack Nova\n', ' hypervisor', 'x86_64', 'kvm'],
  ['VMware, Inc.\nVMware7,1\n', ' hypervisor', 'x86_64', 'vmware'],
  ['Microsoft Corporation\nVirtual Machine\n', ' hypervisor', 'x86_64', 'microsoft'],
  ['', ' hypervisor', 'x86_64', 'unknown-hypervisor'],
  ['Amazon EC2\nm7i.metal-24xl\n', '', 'x86_64', 'none'],
  ['Dell Inc.\nPowerEdge R640\n', '', 'x86_64', 'none'],
  ['QEMU\nKVM Virtual Machine\n', '', 'aarch64', 'kvm'],
])('without systemd-detect-virt: DMI %j, flag %j on %s is %s', (dmi, flag, machine, expected) => {
  let text = withSection(metal, 'detect-virt', '')
  text = withSection(text, 'dmi', dmi)
  text = withSection(text, 'machine', `${machine}\n`)
  text = withSection(text, 'cpuinfo', `8\nflags\t\t: fpu vme${flag} lahf_lm\n`)
  expect(parseFacts(text, 'MARK').virtualization).toBe(expected)
})

test('an ARM machine is named by implementer and part', () => {
  const text = withSection(
    withSection(metal, 'machine', 'aarch64\n'),
    'cpuinfo',
    '8\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n',
  )
  expect(parseFacts(text, 'MARK')).toMatchObject({
    arch: 'arm64',
    cpu: { vendor: 'ARM', model: 'ARM part 0xd0c' },
  })
})

test('what is not known stays unknown: no topology, no getconf, no memory', () => {
  const bare = withSection(
    withSection(metal, 'topology', '? ?\n? ?\n'),
    'page-size',
    'KernelPageSize:       64 kB\n',
  )
  expect(parseFacts(withSection(bare, 'user-hz', ''), 'MARK')).toMatchObject({
    cpu: { sockets: 1, cores: 2, threads: 2 },
    pageSize: 65536,
    userHz: 100,
  })
  expect(() => parseFacts(withSection(metal, 'meminfo', ''), 'MARK')).toThrow(/memoryBytes/)
  expect(() => parseFacts(withSection(metal, 'machine', 'riscv64\n'), 'MARK')).toThrow(/arch/)
})

test('a cut list is not taken for a whole one', () => {
  expect(() => splitSections(metal.slice(0, metal.length - 20), 'MARK')).toThrow(/not complete/)
})

test('a mark counts only at the start of a line', () => {
  const sections = splitSections('\nMARK a\n MARK b\nx\nMARK end\n', 'MARK')
  expect([...sections]).toEqual([
    ['a', ' MARK b\nx'],
    ['end', ''],
  ])
})

describe('cgroups', () => {
  test('controllers mounted together, and a mount of a part of the hierarchy', () => {
    const cgroup = parseCgroups(
      '36 31 0:32 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n',
      '4:cpu,cpuacct:/docker/abc/inner\n',
      'cgroup rw,cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct/inner\n',
    )
    expect(cgroup).toEqual({
      version: '1',
      mounts: { cpu: '/sys/fs/cgroup/cpu,cpuacct', cpuacct: '/sys/fs/cgroup/cpu,cpuacct' },
      own: { cpu: '/sys/fs/cgroup/cpu,cpuacct/inner', cpuacct: '/sys/fs/cgroup/cpu,cpuacct/inner' },
      writable: { cpu: '/sys/fs/cgroup/cpu,cpuacct/inner', cpuacct: '/sys/fs/cgroup/cpu,cpuacct/inner' },
    })
  })

  test('options are no controllers, names are unescaped, nothing mounted is none', () => {
    const line = '36 31 0:32 / /a\\040b rw - cgroup cgroup rw,xattr,name=systemd,release_agent=/x\n'
    expect(parseCgroups(line, '', '').mounts).toEqual({ 'name=systemd': '/a b' })
    expect(parseCgroups('', '', '')).toEqual({ version: 'none', mounts: {}, own: {}, writable: {} })
  })
})
