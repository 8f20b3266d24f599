import type { z } from 'zod'
import { type HttpLink, MeterError } from '../../../harness/model/meter.ts'
import { Unreadable } from '../../parse/text.ts'
import { json } from './figures.ts'

/** What a path answers with, as JSON of a shape. @throws MeterError `garbage` where it is something else */
export async function readJson<T>(
  link: HttpLink,
  path: string,
  o: { readonly shape: z.ZodType<T>; readonly whose: string },
): Promise<T> {
  const found = o.shape.safeParse(parsed(await link.get(path)))
  if (found.success) return found.data
  throw new MeterError('garbage', `${path} is not what ${o.whose} says there`)
}

/** null: it is no JSON. */
export function parsed(body: string): unknown {
  try {
    return json(body, 'the answer')
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}
