import { z } from 'zod'

/** Ids become names of folders, tags and hosts: short, lower-case, nothing that needs quoting. */
export const Id = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    'must be 1 to 40 lower-case letters, digits and inner hyphens',
  )

/** One line of text for people. */
export const Line = z.string().regex(/^[^\p{Cc}]{1,200}$/u, 'must be one line of 1 to 200 characters')

/** A path as a person writes it: `~/` is the home folder, a relative one starts at the campaign file's folder. */
export const FilePath = z.string().regex(/^[^\p{Cc}]{1,4096}$/u, 'must be a path')

/** Whether this machine's zone data know the name. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export const AssumeSection = z
  .strictObject({
    threads: z
      .number()
      .int()
      .min(1)
      .max(4096)
      .optional()
      .describe('Hardware threads of the physical machine.'),
    overcommitment: z.number().min(1).max(64).optional().describe('vCPUs sold per hardware thread.'),
    idle_watts: z
      .number()
      .positive()
      .max(100_000)
      .optional()
      .describe('Power of the physical machine at idle, W.'),
    full_watts: z
      .number()
      .positive()
      .max(100_000)
      .optional()
      .describe('Power of the physical machine at full load, W.'),
    year: z.number().int().min(2007).max(2100).optional().describe('Year its hardware came out.'),
  })
  .refine(a => a.idle_watts === undefined || a.full_watts === undefined || a.idle_watts <= a.full_watts, {
    path: ['full_watts'],
    message: 'is less than idle_watts: a machine at full load takes at least what it takes at idle',
  })
  .describe(
    'What is known of the physical machine under a host, for the power model. Leave out what is not known.',
  )
export type AssumeSection = z.output<typeof AssumeSection>
