import { JoulemarkError } from '../model/error.ts'
import { HostFacts } from '../model/target.ts'
import { parseCgroups } from './parse-cgroups.ts'
import { parseCpu } from './parse-cpu.ts'

/** Sections by name, as facts.sh wrote them; probes keep their order. */
export type Sections = ReadonlyMap<string, string>

/** Output of facts.sh → its sections. Text before the first mark is noise. Error: the last section is missing (it was cut). */
export function splitSections(output: string, mark: string): Sections {
  const sections = new Map<string, string>()
  for (const piece of output.split(`\n${mark} `).slice(1)) {
    const end = piece.indexOf('\n')
    sections.set(end < 0 ? piece : piece.slice(0, end), end < 0 ? '' : piece.slice(end + 1))
  }
  if (!sections.has('end')) throw unreadable('the list of facts is not complete')
  return sections
}

/** Output of facts.sh and the mark it was given → facts. Pure. Error `facts-unreadable` when something needed is missing or strange. */
export function parseFacts(output: string, mark: string): HostFacts {
  const sections = splitSections(output, mark)
  const text = (name: string) => (sections.get(name) ?? '').trim()
  const roots = lines(text('work-roots')).map(parseFolder3)
  const root =
    roots.find(folder => folder.exec && folder.free >= ROOM_BYTES) ??
    roots.find(folder => folder.exec) ??
    roots[0]
  if (root === undefined)
    throw unreadable('no folder there may be written (tried /var/tmp, /tmp, the cache folder and home)')
  const detected = virtualization(text)
  const result = HostFacts.safeParse({
    bootId: text('boot-id'),
    arch: ARCH[text('machine')] ?? text('machine'),
    kernel: text('kernel'),
    os: parseOs(text('os-release'), text('libc')),
    cpu: parseCpu(text),
    memoryBytes: kibibytes(/^MemTotal:\s*(\d+) kB/m.exec(text('meminfo'))?.[1]),
    virtualization: detected.virtualization,
    container: detected.container,
    cgroup: parseCgroups(text('mountinfo'), text('own-cgroup'), text('cgroup-writable')),
    init: text('init') === 'systemd' ? 'systemd' : 'other',
    user: { root: text('user') === '0', systemdUser: text('systemd-user') === 'yes' },
    perl: text('perl') === '' ? null : text('perl'),
    tools: parseTools(sections),
    userHz: Number(text('user-hz') || '100'),
    pageSize: parsePageSize(text('page-size')),
    workRoot: root.path,
    workRootExec: root.exec,
    workRootFree: root.free,
    tmpfs: parseTmpfs(text('tmpfs'), text('mountinfo')),
    probes: parseProbes(sections),
  })
  if (!result.success)
    throw unreadable(result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  return result.data
}

/** A folder with less is taken only when there is no other: recordings of a long run need some tens of MB. */
const ROOM_BYTES = 64 * 1024 * 1024
const ARCH: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
}

const lines = (text: string) => text.split('\n').filter(line => line !== '')
const kibibytes = (text: string | undefined) => (text === undefined ? Number.NaN : Number(text) * 1024)

const parseFolder3 = (line: string) => {
  const [exec = '', free = '', ...path] = line.split(' ')
  return { exec: exec === '1', free: Number(free) * 1024, path: path.join(' ') }
}

function parseOs(release: string, libc: string): HostFacts['os'] {
  const value = (key: string) => new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(release)?.[1] ?? ''
  const kind = /^glibc/i.test(libc) ? 'glibc' : /musl/.test(libc) ? 'musl' : 'unknown'
  return { id: value('ID') || 'unknown', version: value('VERSION_ID') || 'unknown', libc: kind }
}

/** `4096`, or `KernelPageSize: 4 kB` of smaps. */
function parsePageSize(text: string): number {
  const kilo = /(\d+) kB/.exec(text)?.[1]
  if (kilo !== undefined) return Number(kilo) * 1024
  return text === '' ? 4096 : Number(text)
}

/** Makers and products that DMI names for virtual machines, in the words of systemd-detect-virt. */
const DMI: readonly (readonly [RegExp, string])[] = [
  [/KVM|OpenStack|RHEV|oVirt|KubeVirt/i, 'kvm'],
  [/QEMU/i, 'qemu'],
  [/Amazon EC2/i, 'amazon'],
  [/Google Compute Engine/i, 'google'],
  [/VMware/i, 'vmware'],
  [/innotek|VirtualBox/i, 'oracle'],
  [/Xen|HVM domU/i, 'xen'],
  [/Bochs/i, 'bochs'],
  [/Parallels/i, 'parallels'],
  [/BHYVE/i, 'bhyve'],
  [/Microsoft[^]*Virtual Machine|Hyper-V/i, 'microsoft'],
]

/** As systemd says; else DMI, Xen's files and the hypervisor flag of the CPU. A machine of Amazon without that flag is bare metal. */
function virtualization(text: (name: string) => string): { virtualization: string; container: boolean } {
  const inContainer = [text('detect-container'), text('container-signs')].some(
    said => said !== '' && said !== 'none',
  )
  const said = text('detect-virt')
  if (said !== '' && said !== 'none')
    return { virtualization: lines(said)[0] ?? said, container: inContainer }
  if (lines(text('hypervisor')).includes('xen')) return { virtualization: 'xen', container: inContainer }
  const flag = / hypervisor( |$)/m.test(text('cpuinfo'))
  const dmi = DMI.find(([pattern]) => pattern.test(text('dmi')))?.[1]
  const arm = ARCH[text('machine')] === 'arm64'
  if (dmi !== undefined && (flag || (arm && dmi !== 'amazon')))
    return { virtualization: dmi, container: inContainer }
  return { virtualization: flag ? 'unknown-hypervisor' : 'none', container: inContainer }
}

function parseTools(sections: Sections): Record<string, string | null> {
  const found = [...sections].flatMap(([name, text]) =>
    name.startsWith('tool-') ? [[name.slice(5), text.trim()] as const] : [],
  )
  const tools: Record<string, string | null> = Object.fromEntries(TOOLS.map(tool => [tool, null]))
  for (const [tool, version] of found)
    tools[tool] = version === '' || NO_VERSION.test(version) ? 'present' : (lines(version)[0] ?? '')
  return tools
}

/** What busybox says to `--version`. */
const NO_VERSION = /(unrecognized|unknown|invalid|illegal) option/i

/** Tools that facts.sh looks for. */
export const TOOLS = [
  'sh',
  'bash',
  'busybox',
  'setsid',
  'systemd-run',
  'gzip',
  'sha256sum',
  'sudo',
  'cksum',
  'getconf',
  'timeout',
  'head',
  'df',
  'awk',
  'apt-get',
  'dnf',
  'apk',
  'zypper',
] as const

function parseTmpfs(text: string, mountinfo: string): HostFacts['tmpfs'] {
  const isTmpfs = (path: string) =>
    lines(mountinfo).some(line => line.split(' ')[4] === path && / - tmpfs /.test(line))
  for (const line of lines(text)) {
    const [free = '', ...rest] = line.split(' ')
    const path = rest.join(' ')
    if (isTmpfs(path)) return { path, free: Number(free) * 1024 }
  }
  return null
}

/** Messages of the C library in the C locale → names of errno. */
const ERRNO: readonly (readonly [RegExp, string])[] = [
  [/No such file|nonexistent|not found/i, 'ENOENT'],
  [/Permission denied/i, 'EACCES'],
  [/Operation not permitted/i, 'EPERM'],
  [/Is a directory/i, 'EISDIR'],
  [/Input\/output error|I\/O error/i, 'EIO'],
  [/No such device/i, 'ENODEV'],
  [/No data available/i, 'ENODATA'],
  [/Operation not supported|not supported/i, 'EOPNOTSUPP'],
  [/Invalid argument/i, 'EINVAL'],
  [/Device or resource busy/i, 'EBUSY'],
  [/Resource temporarily unavailable/i, 'EAGAIN'],
]

function parseProbes(sections: Sections): HostFacts['probes'] {
  const probes: HostFacts['probes'] = {}
  for (const [name, text] of sections) {
    if (name.startsWith('probe ')) probes[name.slice(6)] = { text }
    if (name.startsWith('probe-error '))
      probes[name.slice(12)] = { error: ERRNO.find(([pattern]) => pattern.test(text))?.[1] ?? 'EUNKNOWN' }
  }
  return probes
}

const unreadable = (why: string) =>
  new JoulemarkError({
    code: 'facts-unreadable',
    message: `what the host is can't be told: ${why}`,
    hint: 'hosts are Linux on x64 or arm64 with /proc and a POSIX shell',
  })
