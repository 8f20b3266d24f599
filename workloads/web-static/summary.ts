import { z } from 'zod'

/** What we read of k6's end-of-test summary (`handleSummary`); it holds much more. */
const Summary = z.object({
  metrics: z.object({
    http_reqs: z.object({ values: z.object({ count: z.number().int().nonnegative() }) }),
  }),
})

/** How many requests k6 counted; undefined: it does not say. */
export function requestsOf(text: string): number | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  return Summary.safeParse(parsed).data?.metrics.http_reqs.values.count
}
