import { expect, test } from 'vitest'
import { redfish } from '../../../collectors/power/redfish.ts'
import { faultOf, httpOf, polled } from './meter-case.ts'

const members = (...ids: string[]) => ({
  Members: ids.map(id => ({ '@odata.id': `/redfish/v1/Chassis/${id}` })),
})
const CHASSIS = '/redfish/v1/Chassis'
const total = (watts: number) => [{ instance: 'total', power: { value: watts } }]

test('newer BMCs say it in EnvironmentMetrics, with energy', async () => {
  const link = httpOf({
    [CHASSIS]: members('1'),
    [`${CHASSIS}/1/EnvironmentMetrics`]: { PowerWatts: { Reading: 374.5 }, EnergykWh: { Reading: 325675 } },
  })
  const { said, values } = await polled(redfish, {}, link)
  expect(said).toEqual({ PowerWatts: '374.5', EnergykWh: '325675' })
  expect(values).toEqual([
    { instance: 'total', power: { value: 374.5 }, energy: { value: 1_172_430_000_000_000_000n } },
  ])
})

test('older ones have PowerControl: the first is the server, and parts of it are never added', async () => {
  const PowerControl = [
    { Name: 'Server Power Control', PowerConsumedWatts: 416, PowerMetrics: { IntervalInMin: 1 } },
    { Name: 'CPU Sub-system Power', PowerConsumedWatts: 111 },
    { Name: 'Memory Sub-system Power', PowerConsumedWatts: 12 },
  ]
  const link = httpOf({ [CHASSIS]: members('1'), [`${CHASSIS}/1/Power`]: { PowerControl } })
  expect((await polled(redfish, {}, link)).values).toEqual(total(416))
  expect((await polled(redfish, { reading: 'control', control: 1 }, link)).values).toEqual(total(111))
})

test('what a BMC leaves out is not needed, and where it is found is looked for once', async () => {
  const link = httpOf({
    [CHASSIS]: members('Fans', '1'),
    [`${CHASSIS}/1/Power`]: { PowerControl: [{ PowerConsumedWatts: 590 }], PowerConsumedWatts: 590 },
  })
  const talk = redfish.bind({}).talk(link)
  await talk.poll()
  const before = link.asked.length
  await talk.poll()
  expect(link.asked.slice(before)).toEqual([`${CHASSIS}/1/Power`])
})

test('supplies are summed, each with its own reading', async () => {
  const link = httpOf({
    [`${CHASSIS}/1/Power`]: {
      PowerSupplies: [
        { PowerInputWatts: 159.25 },
        { PowerInputWatts: 0 },
        {},
        { PowerInputWatts: null, Status: { State: 'Absent' } },
      ],
    },
  })
  expect((await polled(redfish, { chassis: '1', reading: 'supplies' }, link)).values).toEqual([
    { instance: 'supply-0', power: { value: 159.25 } },
    { instance: 'supply-1', power: { flaw: 'not positive' } },
    // It is there and does not say it: then the sum would not be the server's.
    { instance: 'supply-2', power: { flaw: 'not a number' } },
  ])
})

test('a sensor must be one of power or energy; what it says of itself is kept', async () => {
  const at = (sensor: object) => httpOf({ [`${CHASSIS}/1/Sensors/p`]: sensor })
  const settings = { chassis: '1', reading: 'sensor', sensor: 'p' }
  const sensor = {
    Reading: 201.5,
    ReadingType: 'Power',
    Accuracy: 1.5,
    SensingInterval: 'PT1S',
    SerialNumber: 'X1',
  }
  const { said, values } = await polled(redfish, settings, at(sensor))
  expect(said).toEqual({ PowerWatts: '201.5', Accuracy: '1.5', SensingInterval: 'PT1S' })
  expect(values).toEqual(total(201.5))
  expect(await faultOf(redfish, settings, at({ Reading: 41, ReadingType: 'Temperature' }))).toMatch(
    /^absent: the sensor reads neither power nor energy \(it reads Temperature\)/,
  )
})

test('none, several and nonsense are told apart', async () => {
  const power = { PowerControl: [{ PowerConsumedWatts: 300 }] }
  const two = httpOf({
    [CHASSIS]: members('a', 'b'),
    [`${CHASSIS}/a/Power`]: power,
    [`${CHASSIS}/b/Power`]: power,
  })
  expect(await faultOf(redfish, {}, two)).toBe(
    'absent: 2 chassis have a reading of power: name one under chassis',
  )
  const none = httpOf({ [CHASSIS]: members('a'), [`${CHASSIS}/a/Power`]: { PowerControl: [{}] } })
  expect(await faultOf(redfish, {}, none)).toBe('absent: no chassis has a reading of power')
  expect(await faultOf(redfish, {}, httpOf({ [CHASSIS]: '<html>' }))).toMatch(/^garbage: /)
  expect(await faultOf(redfish, { chassis: 'b' }, none)).toBe(
    'absent: no chassis of that Id has a reading of power',
  )
})

test('a sensor of energy is read in its own unit; without type or unit it is of nothing known', async () => {
  const at = (sensor: object) => httpOf({ [`${CHASSIS}/1/Sensors/e`]: sensor })
  const settings = { chassis: '1', reading: 'sensor', sensor: 'e' }
  const read = async (sensor: object) => (await polled(redfish, settings, at(sensor))).values
  const counted = (value: bigint) => [{ instance: 'total', energy: { value } }]
  expect(await read({ Reading: 5, ReadingType: 'EnergyWh' })).toEqual(counted(18_000_000_000n))
  expect(await read({ Reading: 5, ReadingType: 'EnergykWh' })).toEqual(counted(18_000_000_000_000n))
  expect(await read({ Reading: 5, ReadingType: 'EnergyJoules' })).toEqual(counted(5_000_000n))
  expect(await read({ Reading: 24, ReadingUnits: 'W' })).toEqual(total(24))
  for (const sensor of [
    { Reading: 24, ReadingUnits: 'Cel' },
    { Reading: 24 },
    { Reading: 24, ReadingType: 'toString' },
  ])
    expect(await faultOf(redfish, settings, at(sensor))).toMatch(
      /^absent: the sensor reads neither power nor energy/,
    )
})

test('settings that would be left out of account are refused, and the scope says what may be a part', () => {
  const issues = (settings: object): string[] =>
    redfish.settings
      .safeParse(settings)
      .error?.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) ?? []
  expect(issues({ control: 1 })).toEqual(['control: is used with reading: control alone'])
  expect(issues({ reading: 'sensor' })).toEqual(['sensor: is needed with reading: sensor'])
  expect(issues({ sensor: 'x' })).toEqual(['sensor: is used with reading: sensor alone'])
  const scope = (settings: object): string => redfish.bind(settings as never).nature.scope
  expect(scope({ reading: 'control', control: 1 })).toMatch(/^what PowerControl 1 is of/)
  expect(scope({ reading: 'sensor', sensor: 'cpu' })).toMatch(/^what sensor cpu is of/)
  expect(scope({})).toMatch(/^1 server, side of the supplies not stated/)
})
