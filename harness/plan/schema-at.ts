import { z } from 'zod'
import type { Path } from './document.ts'

/** The value at a path in data of unknown shape; undefined: not there. */
export function valueAt(value: unknown, path: Path): unknown {
  let now: unknown = value
  for (const step of path) {
    if (typeof now !== 'object' || now === null || !Object.hasOwn(now, step)) return undefined
    now = (now as Record<string | number, unknown>)[step]
  }
  return now
}

/** The schema that a value at a path is held against; null where the walk can't tell. Unions are decided by what the value looks like. */
export function schemaAt(schema: z.ZodType, value: unknown, path: Path): z.ZodType | null {
  let now: z.ZodType | null = bare(schema, value)
  for (const [depth, step] of path.entries()) {
    const inner = stepInto(now, step)
    if (inner === null) return null
    now = bare(inner, valueAt(value, path.slice(0, depth + 1)))
  }
  return now
}

/** Names of an object schema's keys; null: not an object. */
export const keysOf = (schema: z.ZodType | null): readonly string[] | null =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : null

function stepInto(schema: z.ZodType | null, step: string | number): z.ZodType | null {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.ZodType>)[step] ?? null
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType
  return null
}

/** Without defaults, optionals and the like; a union becomes the option that fits the value best. */
function bare(schema: z.ZodType, value: unknown): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return bare(schema.unwrap() as z.ZodType, value)
  }
  if (schema instanceof z.ZodPipe) return bare(schema.in as z.ZodType, value)
  if (!(schema instanceof z.ZodUnion)) return schema
  const options = (schema.options as z.ZodType[]).map(option => bare(option, value))
  const isRecord = typeof value === 'object' && value !== null
  const fitting = isRecord
    ? options.find(option => discriminates(option, value))
    : options.find(option => !(option instanceof z.ZodObject))
  return fitting ?? options[0] ?? schema
}

/** Whether every literal key of the object schema has its value. */
const discriminates = (option: z.ZodType, value: object): boolean =>
  option instanceof z.ZodObject &&
  Object.entries(option.shape as Record<string, z.ZodType>).every(
    ([key, part]) => !(part instanceof z.ZodLiteral) || part.safeParse(valueAt(value, [key])).success,
  )
