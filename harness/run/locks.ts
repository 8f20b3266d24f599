import { z } from 'zod'
import { JoulemarkError } from '../model/error.ts'
import type { Host } from '../model/target.ts'
import { asNeeded, exitText, must, script } from './on-host.ts'

/** What a lock says: whose it is, and until when (wall clock of the host it lies on, µs; a whole number up to the year 2255). */
export const LockContent = z.strictObject({
  owner: z.string(),
  campaign: z.string(),
  run: z.string(),
  expires: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
})
export type LockContent = z.infer<typeof LockContent>

export interface LockRequest {
  /** From `lockPath`. */
  readonly path: string
  readonly content: LockContent
  /** From `hostTime`. */
  readonly now: number
}

/**
 * A host's wall clock, µs, at the earliest that it can be. Locks and markers are written and judged by it: controllers whose clocks disagree
 * then still agree on what is live. `now`: controller's wall clock, µs. Throws when the host's clock can't be read.
 */
export async function hostTime(host: Host, now: () => number): Promise<number> {
  const { offset, uncertainty } = await host.clock()
  return Math.floor(now() + offset - uncertainty)
}

/** Where locks may lie, best first: the first whose parent can be written to. The last is for machines without /run/lock. */
export const lockFolders: readonly string[] = ['/run/lock/joulemark', '/tmp/joulemark-locks']

const FIND_FOLDER =
  'for dir; do parent=${dir%/*}; [ -d "$parent" ] && [ -w "$parent" ] && { echo "$dir"; exit 0; }; done; exit 1'

/** Path of a machine's lock as this host sees it. `lockDir` replaces the default folder. */
export async function lockPath(host: Host, bootId: string, lockDir: string | undefined): Promise<string> {
  if (!/^[A-Za-z0-9-]+$/.test(bootId))
    throw new JoulemarkError({
      code: 'boot-id',
      message: `host ${host.id}: boot id ${JSON.stringify(bootId)} can't name a lock`,
      exit: 'unreachable',
    })
  const dir =
    lockDir ??
    (await must(host, 'find a folder for the lock', script(FIND_FOLDER, ...lockFolders))).stdout.trim()
  return `${dir}/${bootId}.lock`
}

const READ = 'if [ -e "$1" ]; then head -c 4096 -- "$1"; fi'

/** Text of a lock; empty: there is none. */
async function readText(host: Host, path: string): Promise<string> {
  return (await must(host, 'read the lock', script(READ, path))).stdout.trim()
}

// Whoever owns a folder can put anything in the place of our lock; so can anybody where a folder is open to all and not sticky.
const OWN_FOLDER = `own_folder() {
  [ -L "$1" ] && { echo "$1 is a link" >&2; return 1; }
  owner=$(stat -c %u -- "$1") rights=$(stat -c %a -- "$1") || return 1
  [ "$owner" = 0 ] || [ "$owner" = "$(id -u)" ] || { echo "$1 belongs to user $owner" >&2; return 1; }
  case $rights in
    [1357]???) ;;
    *[2367]? | *[2367]) echo "$1 can be written by others and is not sticky" >&2; return 1 ;;
  esac
}
`

// `set -C` makes `>` create: a link or a file that somebody laid there beforehand is not written to.
// Content first, then one atomic link: a lock is never seen half written. The folder may vanish in between (its last user removes it).
const TAKE = `${OWN_FOLDER}umask 022
set -C
tmp="$1.$3"
dir=\${1%/*}
for try in 1 2 3; do
  [ -L "$dir" ] || [ -d "$dir" ] || mkdir -m 1777 -- "$dir" 2>/dev/null
  [ -L "$dir" ] || [ -d "$dir" ] || continue
  own_folder "$dir" || { [ -d "$dir" ] && exit 1; continue; }
  rm -f -- "$tmp"
  printf '%s\\n' "$2" > "$tmp" || continue
  ln -n -- "$tmp" "$1" 2>/dev/null && { rm -f -- "$tmp"; echo taken; exit 0; }
  rm -f -- "$tmp"
  [ -e "$1" ] && { echo held; exit 0; }
done
exit 1`

// Only the text that was found expired is moved away; if somebody else was quicker, theirs is put back.
const CLEAR = `old="$1.$3.old"
mv -- "$1" "$old" 2>/dev/null || { [ -e "$1" ] && exit 1; exit 0; }
[ "$(head -c 4096 -- "$old")" = "$2" ] || ln -- "$old" "$1" 2>/dev/null
rm -f -- "$old"`

const RENEW = `${OWN_FOLDER}umask 022
set -C
tmp="$1.$3"
[ -e "$1" ] || { echo lost; exit 0; }
own_folder "\${1%/*}" || exit 1
head -c 4096 -- "$1" | grep -qF -e "\\"owner\\":\\"$3\\"" || { echo lost; exit 0; }
rm -f -- "$tmp"
printf '%s\\n' "$2" > "$tmp" && mv -f -- "$tmp" "$1" && echo renewed`

const RELEASE = `rm -f -- "$1.$2" "$1.$2.old"
dir=\${1%/*}
state=was-gone
if head -c 4096 -- "$1" 2>/dev/null | grep -qF -e "\\"owner\\":\\"$2\\""; then
  rm -f -- "$1"
  [ -e "$1" ] && exit 1
  state=removed
fi
rmdir -- "$dir" 2>/dev/null
echo $state`

/** What a lock or a marker says; null: nothing that we would have written. */
export const parseLock = (text: string): LockContent | null => {
  try {
    return LockContent.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** µs; what lies further ahead is said, since waiting for it is no advice. */
const FAR_AHEAD = 30 * 24 * 3600 * 1e6

const locked = (host: Host, { path, now }: LockRequest, text: string): JoulemarkError => {
  const refused = (why: string, hint: string): JoulemarkError =>
    new JoulemarkError({ code: 'locked', message: `host ${host.id} is locked: ${why}`, exit: 'locked', hint })
  const held = parseLock(text)
  const remove = `when nothing runs there any more, remove ${path} on host ${host.id}`
  if (held === null) return refused(`what ${path} there says can not be read, so it counts as live`, remove)
  const until = `until ${new Date(held.expires / 1000).toISOString()}`
  const far = held.expires - now > FAR_AHEAD ? ', more than 30 days ahead' : ''
  return refused(
    `owner ${held.owner}, campaign ${held.campaign}, ${until}${far}`,
    `${far === '' ? 'wait until it ends, ' : ''}go on with or reap that campaign, or, ${remove}`,
  )
}

/** Throws when a foreign, live lock stands there. A lock that can't be read counts as live. */
export async function refuseForeign(host: Host, request: LockRequest): Promise<void> {
  const text = await readText(host, request.path)
  if (text === '') return
  const held = parseLock(text)
  if (held !== null && (held.owner === request.content.owner || held.expires <= request.now)) return
  throw locked(host, request, text)
}

/**
 * Takes a machine's lock; an expired one is taken over. Two hosts on one file system find the owner's own lock the second time: fine.
 * Throws (exit `locked`) when somebody else holds it.
 */
export async function takeLock(host: Host, request: LockRequest): Promise<void> {
  const { path, content } = request
  for (let tries = 0; tries < 3; tries += 1) {
    const exit = await must(host, 'take the lock', script(TAKE, path, JSON.stringify(content), content.owner))
    if (exit.stdout.trim() === 'taken') return
    const text = await readText(host, path)
    const held = text === '' ? null : parseLock(text)
    if (held?.owner === content.owner) return
    if (text !== '' && (held === null || held.expires > request.now)) throw locked(host, request, text)
    if (text !== '') await asNeeded(host, script(CLEAR, path, text, content.owner))
  }
  throw locked(host, request, await readText(host, path))
}

/** Moves the expiry; only outside windows. Throws when the lock was lost. */
export async function renewLock(host: Host, request: Omit<LockRequest, 'now'>): Promise<void> {
  const { path, content } = request
  const exit = await must(host, 'renew the lock', script(RENEW, path, JSON.stringify(content), content.owner))
  if (exit.stdout.trim() !== 'renewed')
    throw new JoulemarkError({
      code: 'lock-lost',
      message: `host ${host.id}: our lock is gone`,
      exit: 'locked',
      hint: `see ${path}`,
    })
}

/** Removes the lock if it is the owner's, and the folder if it is empty. */
export async function releaseLock(
  host: Host,
  o: { readonly path: string; readonly owner: string },
): Promise<'removed' | 'was-gone'> {
  const exit = await asNeeded(host, script(RELEASE, o.path, o.owner))
  if (exit.code === 0) return exit.stdout.includes('removed') ? 'removed' : 'was-gone'
  throw new JoulemarkError({
    code: 'lock-left',
    message: `lock ${o.path} on host ${host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: `remove it by hand: rm ${o.path}`,
  })
}
