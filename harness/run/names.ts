/** Name of a run's folder on a measured machine, and prefix of everything else of ours there that has a name (cgroups, units). */
export const folderName = (campaign: string, run: string): string => `jm-${campaign}-${run}`

/** File in every folder of ours that says whose it is and when anybody may remove it. */
export const MARKER = '.joulemark'

/** A line with which a file of ours outside of our folders must begin (after a shebang, if it has one): the remover looks for it. */
export const fileMark = (campaign: string): string => `# joulemark ${campaign}`

const OURS = /^jm-[A-Za-z0-9][A-Za-z0-9._-]*-[0-9]{4,}-[A-Za-z0-9._-]+-r[0-9]+-a[0-9]+/

/** Whether a name was made by `folderName` for some campaign. */
export const isOurName = (name: string): boolean => OURS.test(name) && !name.includes('..')

/** Control characters have no place in a path of ours. */
export const hasControl = (text: string): boolean => /\p{Cc}/u.test(text)

/**
 * Whether an absolute path is one of this campaign's folders (or a cgroup named like it) or lies below one. A ledger is a file that
 * anybody may have edited: what this refuses is never removed.
 */
export function isBelowOurs(path: string, campaign: string): boolean {
  if (!path.startsWith('/') || path.length > 4096 || hasControl(path)) return false
  const segments = path.slice(1).split('/')
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..')) return false
  return segments.some(segment => isOurName(segment) && segment.startsWith(`jm-${campaign}-`))
}
