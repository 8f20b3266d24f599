import { JoulemarkError } from '../model/error.ts'
import type { Host, HostFacts, HostLink } from '../model/target.ts'
import { SUDO_COMMANDS } from '../transport/become.ts'
import type { CheckItem } from './check-items.ts'

/** Tells whether root can be had, by which commands, and the sudoers line that allows them. */
export async function checkRoot(
  host: Host,
  become: 'none' | 'sudo',
  facts: HostFacts | null,
  link: HostLink,
): Promise<CheckItem> {
  const base = { id: 'root', title: 'Root' }
  if (facts?.user.root === true) return { ...base, state: 'ok', detail: 'we are root; sudo is not used' }
  if (become === 'none')
    return {
      ...base,
      state: 'note',
      detail: `not root, and the campaign says “become: none”: sensors and packages that need root are left out`,
      hint: `for root, set “become: sudo”; ${sudoHint(link.user)}`,
    }
  try {
    const exit = await host.exec(['id', '-u'], { become: true })
    if (exit.stdout.trim() === '0')
      return {
        ...base,
        state: 'ok',
        detail: `sudo makes us root, by: ${SUDO_COMMANDS.join(' or ')}`,
        hint: sudoHint(link.user),
      }
    return {
      ...base,
      state: 'failed',
      detail: 'sudo ran a command, but not as root',
      hint: sudoHint(link.user),
    }
  } catch (error) {
    const why = error instanceof JoulemarkError ? error.message : String(error)
    return { ...base, state: 'failed', detail: why, hint: sudoHint(link.user) }
  }
}

/** `/bin/sh` as root is all of root: said, rather than dressed up as less. */
const sudoHint = (user: string): string =>
  `sudoers line (visudo -f /etc/sudoers.d/joulemark), the same as full root for this user: ${user} ALL=(root) NOPASSWD: /bin/sh`
