import { expect, test } from 'vitest'
import { disk } from '../../collectors/disk.ts'
import { fixtureHost, readingsOf } from '../support/fixture-host.ts'

function instancesOn(machine: string): string[] {
  const { facts, trees } = fixtureHost(machine, disk.probePaths)
  const parser = disk.parser(facts, 'sut')
  for (const tree of trees) for (const reading of readingsOf(tree, disk.sources(), 0)) parser.push(reading)
  return [...new Set(parser.drain().map(batch => batch.series.instance))]
}

test.each([
  ['intel-two-socket', ['total', 'sda', 'sdb', 'dm-0']],
  ['amd-one-socket', ['total', 'nvme0n1']],
  ['systemd-cgroup-v2', ['total', 'vda']],
  ['vm-kvm', ['total', 'vda', 'zram0']],
])(
  'on %s whole disks are told from partitions, loop devices and what stands on disks',
  (machine, expected) => {
    expect(instancesOn(machine).toSorted()).toEqual(expected.toSorted())
  },
)

test.each([
  ['sdaa', 'sdaa'],
  ['mmcblk0 mmcblk0p1 mmcblk0boot0', 'mmcblk0'],
  ['nvme12n3 nvme12n3p10 nvme1c1n1', 'nvme12n3'],
  ['xvda1 xvda2', 'xvda1 xvda2'],
  ['xvda xvda1', 'xvda'],
  ['rbd0 rbd0p1 nbd3 nbd3p2', 'rbd0 nbd3'],
  ['sr0 fd0 ram0 loop7', ''],
])('%s: the total is of %s', (names, expected) => {
  const { facts } = fixtureHost('vm-kvm')
  const parser = disk.parser(facts, 'sut')
  const text = names
    .split(' ')
    .map(name => `8 0 ${name} 1 0 8 0 1 0 8 0 0 0 0\n`)
    .join('')
  parser.push({
    source: 'disk/diskstats',
    mono: 0 as never,
    wall: 0 as never,
    bytes: new TextEncoder().encode(text),
  })
  const reads = parser.drain().filter(batch => batch.series.field === 'reads')
  const single = reads.filter(batch => batch.series.instance !== 'total')
  expect(single.map(batch => batch.series.instance).join(' ')).toBe(expected)
  expect(reads.find(batch => batch.series.instance === 'total')?.base ?? '').toBe(
    expected === '' ? '' : String(single.length),
  )
})
