import { z } from 'zod'
import { campaignFile, type WorkloadSchema } from './schema.ts'
import type { MeterSchema } from './schema-meter.ts'

/** JSON Schema (2020-12) of the campaign file for editors: what a person may write, with every default and description. */
export function campaignJsonSchema(o: {
  readonly workloads: Iterable<WorkloadSchema>
  readonly collectors: Iterable<string>
  readonly meters: Iterable<MeterSchema>
}): string {
  const schema = z.toJSONSchema(campaignFile(o), { io: 'input', unrepresentable: 'any' })
  return `${JSON.stringify({ ...schema, title: 'Joulemark campaign file, joulemark/v1' }, null, 2)}\n`
}
