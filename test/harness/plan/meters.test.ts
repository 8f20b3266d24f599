import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { loadText, problemsOf } from './load-toy.ts'

const file = (meters: string, targets = '  - { id: here, kind: local }\n'): string => `schema: joulemark/v1
name: meters
targets:
${targets}workloads:
  - id: toy
meters:
${meters}`
const ENV = { BMC_PASSWORD: 'hunter2' }
const BMC = `  - id: bmc
    kind: redfish
    url: https://bmc.example/
    user: reader
    password: { env: BMC_PASSWORD }
    behind: [{ target: here }]
`

test('a meter is in the plan without address, user and secret, with every default; how it is reached is apart', async () => {
  const { plan, meters, publicText } = await loadText(file(BMC), ENV)
  expect(plan.meters).toEqual([
    {
      id: 'bmc',
      kind: 'redfish',
      settings: { reading: 'auto', control: 0, side: 'not stated' },
      seconds: 1,
      behind: [{ target: 'here', host: 'local', instances: null }],
      accuracy: null,
      scope: null,
      source: null,
      reads: null,
      take: null,
    },
  ])
  expect(meters.get('bmc')).toEqual({
    link: 'http',
    login: 'session',
    user: 'reader',
    password: { env: 'BMC_PASSWORD' },
    url: 'https://bmc.example',
  })
  expect(JSON.stringify(plan) + publicText).not.toMatch(/bmc\.example|reader|BMC_PASSWORD|hunter2/)
  expect(parse(publicText)).toMatchObject({
    meters: [{ id: 'bmc', kind: 'redfish', behind: [{ target: 'here' }] }],
  })
})

test('a plan without meters is as it was', async () => {
  const { plan } = await loadText(file(BMC).replace(/meters:[^]*/, ''))
  expect('meters' in plan).toBe(false)
})

test.each([
  [
    'an unknown kind',
    BMC.replace('redfish', 'refish'),
    /9:11 meters\[0\]\.kind: "refish" is not known\. .*redfish/,
  ],
  [
    'no password',
    BMC.replace(/ {4}password.*\n/, ''),
    /meters\[0\]\.password: is needed with login: session \(the default\)/,
  ],
  ['a password that is not needed', `${BMC}    login: none\n`, /is not used with login: none/],
  [
    'a URL with a path',
    BMC.replace('example/', 'example/redfish'),
    /10:10 meters\[0\]\.url: holds a user, a password, a path/,
  ],
  [
    'asking too often',
    `${BMC}    interval: 0.2\n`,
    /meters\[0\]\.interval: 0\.2 is out of range\. Allowed: at least 1 for redfish/,
  ],
  [
    'a target that is not there',
    BMC.replace('target: here', 'target: her'),
    /meters\[0\]\.behind\[0\]\.target: "her" is not a target of this file\. Did you mean "here"\?/,
  ],
  [
    'a host that is not there',
    BMC.replace('target: here', 'target: here, host: web'),
    /meters\[0\]\.behind\[0\]\.host: "web" is not a host of target here/,
  ],
  ['one id twice', BMC + BMC, /meters\[1\]\.id: "bmc": another meter has this id/],
  [
    'the id of a collector',
    BMC.replace('id: bmc', 'id: power-model'),
    /meters\[0\]\.id: "power-model": the power model has this name/,
  ],
  [
    'a range without its end',
    `${BMC}    accuracy: { reading_percent: 1, range_percent: 1 }\n`,
    /meters\[0\]\.accuracy\.range_watts: is needed with range_percent/,
  ],
  [
    'a fingerprint without TLS',
    `${BMC.replace('https', 'http')}    fingerprint: SHA256:${Array(32).fill('AB').join(':')}\n`,
    /meters\[0\]\.fingerprint: is of no use with http/,
  ],
  [
    'a secret that is not set',
    BMC.replace('BMC_PASSWORD', 'OTHER'),
    /meters\[0\]\.password\.env: the environment variable OTHER is not set/,
  ],
  ['a model as source', `${BMC}    source: model\n`, /meters\[0\]\.source/],
])('%s is told with its place', async (_, meters, message) => {
  expect((await problemsOf(file(meters), ENV)).join('\n')).toMatch(message)
})

test('two hosts of a target can not have one reading; with outlets of their own they can', async () => {
  const targets = `  - id: lab
    kind: ssh
    hosts: { web: { address: web.example }, load: { address: load.example } }
    roles: { sut: web, loadgen: load }
`
  const pdu = (one: string, other: string): string => `  - id: pdu
    kind: nut
    address: nut.example
    ups: rack
    variables: [outlet.1.realpower, outlet.2.realpower]
    behind:
      - { target: lab, host: web${one} }
      - { target: lab, host: load${other} }
`
  const shared = await problemsOf(file(pdu('', ''), targets))
  expect(shared.join('\n')).toMatch(
    /meters\[0\]\.behind\[1\]: another host of this target has the same readings/,
  )
  const [first, second] = [', instances: [outlet.1.realpower]', ', instances: [outlet.2.realpower]']
  expect(await problemsOf(file(pdu(first, first), targets))).toHaveLength(1)
  const { plan } = await loadText(file(pdu(first, second), targets))
  expect(plan.meters?.[0]?.behind.map(({ host, instances }) => [host, instances])).toEqual([
    ['web', ['outlet.1.realpower']],
    ['load', ['outlet.2.realpower']],
  ])
})

test('labels and expressions that name hosts stay with the connection; the plan has their digests', async () => {
  const { plan, meters, publicText } = await loadText(
    file(`  - id: rack
    kind: prometheus
    url: http://prometheus.example:9090
    query: sum(watts{instance="10.1.2.3:9100"})
    where: { instance: "10.1.2.3:9100" }
    unit: W
    behind: [{ target: here }]
`),
  )
  expect(JSON.stringify(plan) + publicText).not.toMatch(/10\.1\.2\.3|prometheus\.example/)
  expect(plan.meters?.[0]?.settings).toMatchObject({
    query: expect.stringMatching(/^sha256:[0-9a-f]{16}$/),
    where: { instance: expect.stringMatching(/^sha256:/) },
    unit: 'W',
  })
  expect(meters.get('rack')?.settings).toEqual({
    query: 'sum(watts{instance="10.1.2.3:9100"})',
    where: { instance: '10.1.2.3:9100' },
  })
  const bound = meterKinds.get('prometheus')?.bind(plan.meters?.[0]?.settings ?? {})
  expect(bound?.read({ query: '210' })).toEqual([{ instance: 'total', power: { value: 210 } }])
})
