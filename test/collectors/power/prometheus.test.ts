import { expect, test } from 'vitest'
import { prometheus } from '../../../collectors/power/prometheus.ts'
import { faultOf, httpOf, polled } from './meter-case.ts'

// Names and labels as each project's docs list them; figures are made up.
const KEPLER = `# TYPE kepler_node_cpu_joules_total counter
kepler_node_cpu_joules_total{node_name="rack7",path="/host/sys/class/powercap/intel-rapl:0",zone="package"} 1234.5
kepler_node_cpu_joules_total{node_name="rack7",path="/host/sys/class/powercap/intel-rapl:0/intel-rapl:0:1",zone="dram"} 45.25
kepler_node_cpu_joules_total{node_name="rack7",path="/host/sys/class/powercap/intel-rapl:0/intel-rapl:0:0",zone="core"} 900
kepler_node_cpu_joules_total{node_name="rack7",path="/host/sys/class/powercap/intel-rapl:1",zone="psys"} 9000
kepler_node_cpu_active_joules_total{node_name="rack7",zone="package"} 100
`
const values = async (settings: object, body: string) =>
  (await polled(prometheus, settings as never, httpOf({ '/metrics': body }))).values

test('of Kepler packages and their memory are taken, and no name of a machine is kept', async () => {
  const { said, values: got } = await polled(
    prometheus,
    { exporter: 'kepler' },
    httpOf({ '/metrics': KEPLER }),
  )
  expect(JSON.stringify(said)).not.toContain('rack7')
  expect(got.map(one => one.energy)).toEqual([{ value: 1_234_500_000n }, { value: 45_250_000n }])
  expect(got.map(one => one.synthetic)).toEqual([undefined, undefined])
})

test('the meter that Kepler has for development is known by its path alone', async () => {
  const fake = KEPLER.replaceAll(/intel-rapl:[\d:]+/g, 'energy_package').replace(
    /\/energy_package\/energy_package/g,
    '/energy_dram',
  )
  for (const one of await values({ exporter: 'kepler' }, fake))
    expect(one.synthetic).toMatch(/makes its figures up/)
})

test('of Kepler 0.9 idle and dynamic add up; of Scaphandre sockets and DRAM are taken, not its host', async () => {
  const old = `kepler_node_package_joules_total{instance="n",mode="idle",package="0",source="rapl"} 10
kepler_node_package_joules_total{instance="n",mode="dynamic",package="0",source="rapl"} 5.5
kepler_node_dram_joules_total{instance="n",mode="idle",package="0",source="rapl"} 1
`
  expect((await values({ exporter: 'kepler-0.9' }, old)).map(v => v.energy)).toEqual([
    { value: 10_000_000n },
    { value: 5_500_000n },
    { value: 1_000_000n },
  ])
  const scaph = `scaph_host_energy_microjoules 99
scaph_socket_energy_microjoules{socket_id="0"} 29859017
scaph_domain_energy_microjoules{domain_name="dram",domain_id="1",socket_id="0"} 3981321
scaph_domain_energy_microjoules{domain_name="core",domain_id="0",socket_id="0"} 20000000
scaph_process_power_consumption_microwatts{cmdline="mysql -psecret",pid="1"} 5
`
  const { said } = await polled(prometheus, { exporter: 'scaphandre' }, httpOf({ '/metrics': scaph }))
  expect(Object.values(said)).toEqual(['29859017', '3981321'])
  expect(JSON.stringify(said)).not.toContain('secret')
})

test('any metric with its unit, of one machine among several', async () => {
  const body =
    'rack_watts{outlet="3",machine="a"} 210\nrack_watts{outlet="4",machine="a"} N/A\nrack_watts{outlet="3",machine="b"} 99\n'
  const settings = { metric: 'rack_watts', unit: 'W', labels: ['outlet'], where: { machine: 'a' } }
  expect(await values(settings, body)).toEqual([{ instance: 'rack_watts 3', power: { value: 210 } }])
  const both = { metric: 'rack_watts', unit: 'W', labels: ['outlet'] }
  expect(await faultOf(prometheus, both, httpOf({ '/metrics': body }))).toMatch(
    /^garbage: several series differ/,
  )
})

test('an expression is asked of the server and gives an instant vector', async () => {
  const query = 'sum(ipmi_power_watts{host="a"})'
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`
  const answer = {
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: {}, value: [1795715372.6, '237'] }] },
  }
  const settings = { query, unit: 'W' }
  expect((await polled(prometheus, settings, httpOf({ [path]: answer }))).values).toEqual([
    { instance: 'total', power: { value: 237 } },
  ])
  const empty = { status: 'success', data: { resultType: 'vector', result: [] } }
  expect(await faultOf(prometheus, settings, httpOf({ [path]: empty }))).toBe(
    'absent: the expression gives no series',
  )
  expect(await faultOf(prometheus, settings, httpOf({ [path]: { status: 'error' } }))).toMatch(/^garbage: /)
})

test('no such metric, other labels and no text of Prometheus are told apart', async () => {
  const fault = (settings: object, body: string) =>
    faultOf(prometheus, settings as never, httpOf({ '/metrics': body }))
  expect(await fault({ exporter: 'kepler' }, 'up 1\n')).toBe('absent: it has no kepler_node_cpu_joules_total')
  expect(await fault({ exporter: 'kepler', where: { node_name: 'x' } }, KEPLER)).toMatch(
    /^absent: no series of/,
  )
  expect(await fault({ exporter: 'kepler' }, '<html>no</html>')).toBe('garbage: no text of Prometheus')
})

test('settings that do not fit together are refused', () => {
  const issues = (settings: object): string[] =>
    prometheus.settings
      .safeParse(settings)
      .error?.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) ?? []
  expect(issues({ exporter: 'kepler' })).toEqual([])
  expect(issues({})).toEqual(['exporter: exactly one of exporter, metric and query must be given'])
  expect(issues({ metric: 'm' })).toEqual(['unit: is needed with metric or query'])
  expect(issues({ exporter: 'kepler', unit: 'J' })).toEqual(['unit: is known of an exporter: leave it out'])
})

test('a domain that MMIO shows once more is taken once, and the scope says whether memory is in it', async () => {
  const twin = `node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} 100
node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl-mmio:0"} 100
`
  const got = await values({ exporter: 'node-rapl' }, twin)
  expect(got.map(one => one.energy)).toEqual([{ value: 100_000_000n }])
  const bound = prometheus.bind({ exporter: 'node-rapl' })
  expect(bound.scopeOf?.(got.map(one => one.instance))).toMatch(/dram not included$/)
  expect(bound.scopeOf?.([...got.map(one => one.instance), 'node_rapl_dram_joules_total 0'])).toMatch(
    /^cpu package\+dram/,
  )
})
