import type { Plan } from '../../../harness/model/plan.ts'

/** A small, valid plan. */
export const plan: Plan = {
  schema: 'joulemark/plan/1',
  tool: '0.1.0',
  name: 'probe',
  title: 'A probe',
  zone: 'UTC',
  protocol: {
    profile: 'quick',
    durations: { baseline: 1, idle: 1, warmUp: 1, window: 2, coolDown: 1 },
    windows: 1,
    repetitions: 1,
    order: 'random',
    seed: 7,
    retries: 0,
    ranked: false,
  },
  targets: [
    {
      id: 'here',
      kind: 'local',
      become: 'none',
      hosts: [
        { id: 'web', roles: ['sut'], assumed: { threads: 8 } },
        { id: 'gun', roles: ['loadgen'], assumed: {} },
      ],
    },
  ],
  workloads: [
    {
      key: 'idle',
      id: 'idle',
      version: '1',
      params: {},
      functionalUnit: 'host-hour',
      install: 'never',
      purge: false,
    },
  ],
  collectors: [{ id: 'cpu' }],
  rate: 1,
  buffer: { tmpfsBytes: 1_000_000, diskBytes: 0 },
  influx: true,
  runs: [{ number: 1, target: 'here', workload: 'idle', repetition: 1 }],
  digest: '0'.repeat(64),
}

export const RUN = '0001-here-idle-r1-a1'
