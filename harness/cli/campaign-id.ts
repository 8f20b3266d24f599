import { randomBytes } from 'node:crypto'

/** Name, UTC to the minute, four random hex digits: `two-hosts-20261120T0814Z-a41f`. */
export function campaignId(name: string, now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T')
  return `${name}-${date.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z-${randomBytes(2).toString('hex')}`
}
