import type { LockContent } from '../locks.ts'

/** Longest name of a namespace, and of what becomes a label of a host name (RFC 1123). */
const MAX_NAME = 63
const NAME_PART = 24

/** Labels and annotations of everything that we make in a cluster. */
export const LABEL = {
  manager: 'app.kubernetes.io/managed-by',
  campaign: 'joulemark/campaign',
  run: 'joulemark/run',
  part: 'joulemark/part',
} as const
export const MANAGER = 'joulemark'
/** Whose it is and when anybody may remove it: a LockContent as JSON. */
export const OWNER_ANNOTATION = 'joulemark/owner'
/** Autoscalers leave nodes alone on which such a pod runs (kubernetes/autoscaler, FAQ). */
export const KEEP_ANNOTATION = 'cluster-autoscaler.kubernetes.io/safe-to-evict'

/** `0003-…-a1` of a run's id: enough to tell runs of one campaign apart. */
function runMark(run: string): string {
  const [, number = '', attempt = ''] = /^(\d+)-.*-a(\d+)$/.exec(run) ?? []
  return `${number}a${attempt}`
}

/**
 * Name of something of a run: `jm-<campaign>-<run>-<part>`. The campaign's own name is cut, its time and chance are kept: they tell campaigns
 * apart.
 */
export function clusterName(campaign: string, run: string, part?: string): string {
  const [, name = campaign, stamp = ''] = /^(.*?)(-\d{8}T\d{4}Z-[0-9a-f]{4})$/.exec(campaign) ?? []
  const cut = name.slice(0, NAME_PART).replace(/-+$/, '')
  const full = `jm-${cut}${stamp}-${runMark(run)}${part === undefined ? '' : `-${part}`}`.toLowerCase()
  if (full.length <= MAX_NAME && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(full)) return full
  throw new Error(`${full} can't be a name in a cluster`)
}

/** Labels of something of a run. */
export const runLabels = (owner: Pick<LockContent, 'campaign' | 'run'>): Record<string, string> => ({
  [LABEL.manager]: MANAGER,
  [LABEL.campaign]: owner.campaign,
  [LABEL.run]: runMark(owner.run),
})

/** Selector of everything of a run. */
export const runSelector = (owner: Pick<LockContent, 'campaign' | 'run'>): string =>
  Object.entries(runLabels(owner))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** Whether a name was made by `clusterName` for that campaign. */
export const isOurClusterName = (name: string, campaign: string): boolean =>
  name.length <= MAX_NAME && name.startsWith(clusterName(campaign, '0-x-a0').replace(/0a0$/, ''))
