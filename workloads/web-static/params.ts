import { z } from 'zod'

const MOST_KIB = 262_144

export const WebStaticParams = z
  .strictObject({
    rate: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(100)
      .describe('Requests per second, started at a constant rate.'),
    files: z
      .number()
      .int()
      .min(1)
      .max(4096)
      .default(32)
      .describe('Number of files served; each request asks for one of them, drawn from the seed.'),
    file_kib: z.number().int().min(1).max(16_384).default(16).describe('Size of each file, KiB.'),
    vus_max: z
      .number()
      .int()
      .min(1)
      .max(5000)
      .default(50)
      .describe('Most virtual users of k6 at the same time; each keeps one connection open.'),
    workers: z
      .number()
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe('Worker processes of nginx; 0: one per CPU.'),
    check_every: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(50)
      .describe(
        'One answer in so many, but at least one of those due in 5 seconds, is compared with the file by its SHA-256.',
      ),
    seed: z
      .number()
      .int()
      .min(0)
      .max(4_294_967_295)
      .default(1)
      .describe('Seed of the content of the files and of the order of requests.'),
  })
  .refine(p => p.files * p.file_kib <= MOST_KIB, {
    message: `files × file_kib is at most ${MOST_KIB} KiB`,
    path: ['file_kib'],
  })
export type WebStaticParams = z.infer<typeof WebStaticParams>
