import { z } from 'zod'

export const OltpPostgresParams = z.strictObject({
  scale: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe('Scale of the pgbench tables: 100,000 accounts each.'),
  clients: z.number().int().min(1).max(1000).default(8).describe('Connections of pgbench.'),
  rate: z
    .number()
    .min(0.1)
    .max(100_000)
    .default(50)
    .describe('Transactions per second asked for (mean of a Poisson process).'),
  latency_limit_ms: z
    .number()
    .int()
    .min(1)
    .max(600_000)
    .default(2000)
    .describe(
      'A transaction that could not be started so long after its time is skipped; skipped ones count as dropped.',
    ),
  shared_buffers_mib: z
    .number()
    .int()
    .min(16)
    .max(1_048_576)
    .default(128)
    .describe('shared_buffers of the server, MiB.'),
})
export type OltpPostgresParams = z.infer<typeof OltpPostgresParams>
