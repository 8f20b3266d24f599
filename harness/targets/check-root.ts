import type { Host, HostFacts, HostLink } from '../model/target.ts'
import { SUDO_COMMANDS } from '../transport/become.ts'
import { type CheckItem, failedItem } from './check-item.ts'

export interface RootLook {
  readonly host: Host
  readonly facts: HostFacts
  readonly link: HostLink
  readonly become: 'none' | 'sudo'
}

/** Whether root can be had; for sudo the exact commands, and the line of sudoers that allows them. */
export async function rootItem({ host, facts, link, become }: RootLook): Promise<CheckItem> {
  const subject = 'root'
  if (facts.user.root)
    return {
      subject,
      state: 'ok',
      text: become === 'sudo' ? 'the user is root; sudo is not used' : 'the user is root',
    }
  if (become === 'none')
    return {
      subject,
      state: 'note',
      text: `${link.user} is not root, and the campaign says “become: none”: what needs root is left out`,
      hint: `for root, set “become: sudo”\n${sudoersLine(link.user)}`,
    }
  const hint = `${SUDO_COMMANDS.map((command, i) => (i === 0 ? `commands: ${command}` : `with a password: ${command}`)).join('\n')}\n${sudoersLine(link.user)}`
  if ((facts.tools['sudo'] ?? null) === null)
    return { subject, state: 'failed', text: 'sudo is not there', hint: 'install sudo, or log in as root' }
  try {
    const { stdout } = await host.exec(['id', '-u'], { become: true })
    const uid = stdout.trim()
    if (uid === '0') return { subject, state: 'ok', text: 'by sudo', hint }
    return { subject, state: 'failed', text: `sudo gave user ${uid || 'nobody'}, not root`, hint }
  } catch (error) {
    return { ...failedItem(subject, error), hint }
  }
}

/** `/bin/sh` as root is all of root: said, rather than dressed up as less. */
const sudoersLine = (user: string): string =>
  `sudoers (visudo -f /etc/sudoers.d/joulemark), the same as full root for this user: ${user} ALL=(root) NOPASSWD: /bin/sh`
