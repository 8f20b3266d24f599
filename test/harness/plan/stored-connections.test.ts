import { expect, test } from 'vitest'
import { readConnections, storeConnections } from '../../../harness/plan/stored-connections.ts'
import { fixture, loadText } from './load-toy.ts'

test('connections come back as they were stored', async () => {
  const {
    connections: targets,
    influx,
    meters,
  } = await loadText(await fixture('sound.yaml'), {
    SUDO_PASSWORD: 'hunter2',
    INFLUX_TOKEN: 'hunter3',
  })
  const stored = storeConnections({ targets, influx, meters })
  expect(JSON.stringify(stored)).not.toMatch(/hunter/)
  expect(readConnections(stored)).toEqual({ targets, influx, meters })
})

test('what is not ours is refused', () => {
  expect(() =>
    readConnections({
      schema: 'joulemark/hosts/1',
      targets: { a: { kind: 'ssh', become: 'none', hosts: {}, extra: 1 } },
      influx: null,
    }),
  ).toThrow(/extra/)
  expect(() => readConnections({ targets: {}, influx: null })).toThrow(/schema/)
})
