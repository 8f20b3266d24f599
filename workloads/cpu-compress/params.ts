import { z } from 'zod'

export const CpuCompressParams = z
  .strictObject({
    tool: z
      .enum(['zstd', '7z'])
      .default('zstd')
      .describe('Program that compresses: zstd, or 7-Zip (LZMA2 in an xz container).'),
    level: z
      .number()
      .int()
      .min(1)
      .max(19)
      .default(3)
      .describe('Level of compression: zstd 1 to 19, 7z 1 to 9.'),
    threads: z
      .number()
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe('Compressors of one thread each, side by side; 0: one per CPU.'),
    corpus_mib: z
      .number()
      .int()
      .min(1)
      .max(512)
      .default(64)
      .describe('Size of the generated data that each pass compresses, MiB.'),
    verify_every: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(50)
      .describe(
        'The first pass of each compressor and then one in so many, but at least one in half a window, is decompressed and compared by its SHA-256.',
      ),
    seed: z.number().int().min(0).max(4_294_967_295).default(1).describe('Seed of the data.'),
  })
  .refine(p => p.tool !== '7z' || p.level <= 9, { message: '7z has levels 1 to 9', path: ['level'] })
export type CpuCompressParams = z.infer<typeof CpuCompressParams>
