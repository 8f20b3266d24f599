import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveHops } from '../../../../harness/transport/ssh/resolve.ts'
import { type TemporaryFolder, temporaryFolder } from '../../../results/archive/temporary-folder.ts'

/** Stands in for `ssh -G`: says of a host what the file `<host>` beside it holds. */
const SSH = `#!/bin/sh
dir=\${0%/*}
for host; do :; done
while read -r line; do echo "$line"; done <"$dir/$host"
`

const HOSTS: Readonly<Record<string, string>> = {
  // One private address behind two gates: two machines.
  gate: 'hostname 203.0.113.1\n',
  near: 'hostname 10.0.0.5\nproxyjump gate\n',
  far: 'hostname 10.0.0.5\nproxyjump near\n',
  a: 'proxyjump b\n',
  b: 'proxyjump me@a\n',
  self: 'proxyjump self\n',
  behind: 'proxyjump gate,near\n',
  ...Object.fromEntries(
    Array.from({ length: 17 }, (_, i) => [`h${i}`, i === 0 ? 'port 22\n' : `proxyjump h${i - 1}\n`]),
  ),
}

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder()
  await writeFile(join(folder.path, 'ssh'), SSH)
  await chmod(join(folder.path, 'ssh'), 0o755)
  for (const [host, text] of Object.entries(HOSTS)) await writeFile(join(folder.path, host), text)
})
afterAll(() => folder[Symbol.asyncDispose]())

const wayTo = async (address: string): Promise<readonly string[]> => {
  const hops = await resolveHops({ address }, { env: { PATH: folder.path } })
  return hops.map(hop => hop.alias)
}

test('one address behind different jump hosts is two machines, not a circle', async () => {
  expect(await wayTo('far')).toEqual(['gate', 'near', 'far'])
  expect(await wayTo('behind')).toEqual(['gate', 'near', 'behind'])
  const jump = [{ address: 'gate' }, { address: '10.0.0.5', config: 'none' }]
  const twice = await resolveHops(
    { address: '10.0.0.5', config: 'none', jump },
    { env: { PATH: folder.path } },
  )
  expect(twice.map(hop => hop.hostname)).toEqual(['203.0.113.1', '10.0.0.5', '10.0.0.5'])
})

test.each([
  ['a', 'a, b, me@a, b'],
  ['self', 'self, self'],
])('a ProxyJump that leads back to %s is a circle, and is told', async (address, way) => {
  await expect(wayTo(address)).rejects.toMatchObject({
    code: 'jump-loop',
    message: expect.stringMatching(new RegExp(`: ${way}$`)),
    hint: expect.stringContaining('at most 16 hosts'),
  })
})

test('sixteen hosts are a way, seventeen are refused', async () => {
  expect(await wayTo('h15')).toHaveLength(16)
  await expect(wayTo('h16')).rejects.toMatchObject({ code: 'jump-loop' })
})
