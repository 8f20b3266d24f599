import { z } from 'zod'
import { campaignFile, type WorkloadSchema } from './schema.ts'
import type { MeterSchema } from './schema-meter.ts'
import { FilePath } from './schema-words.ts'

/** JSON Schema (2020-12) of the campaign file for editors: what a person may write, with every default and description. */
export function campaignJsonSchema(o: {
  readonly workloads: Iterable<WorkloadSchema>
  readonly collectors: Iterable<string>
  readonly meters: Iterable<MeterSchema>
}): string {
  const schema = z.toJSONSchema(campaignFile({ ...o, meters: [...o.meters].map(named) }), {
    io: 'input',
    unrepresentable: 'any',
  })
  return `${JSON.stringify({ ...schema, title: 'Joulemark campaign file, joulemark/v1' }, null, 2)}\n`
}

/** What may stand in a file of its own may be the path of it. */
function named(kind: MeterSchema): MeterSchema {
  const { shape } = kind.settings
  const files = (kind.files ?? []).flatMap(key => {
    const of = shape[key]
    return of === undefined
      ? []
      : [
          [
            key,
            z
              .union([FilePath, of])
              .optional()
              .describe(of.description ?? ''),
          ],
        ]
  })
  return { ...kind, settings: z.strictObject({ ...shape, ...Object.fromEntries(files) }) }
}
