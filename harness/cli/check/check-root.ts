import type { Host, HostFacts } from '../../model/target.ts'
import { SUDO_COMMANDS } from '../../transport/become.ts'
import type { CheckItem } from './check-item.ts'

/** Whether root can be had, by which commands, and the line of sudoers that allows them. */
export async function rootItem(host: Host, facts: HostFacts, become: 'none' | 'sudo'): Promise<CheckItem> {
  const subject = 'root'
  if (facts.user.root) return { subject, state: 'ok', text: 'the user is root' }
  if (become === 'none')
    return { subject, state: 'note', text: 'not root, and become is none: what needs root is left out' }
  const user = (await host.exec(['id', '-un'])).stdout.trim()
  const way = {
    hint: `commands: ${SUDO_COMMANDS.join(' and, with a password, ')}\nsudoers: ${user} ALL=(root) NOPASSWD: /bin/sh`,
  }
  const tried = await host
    .exec(['id', '-u'], { become: true })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (tried instanceof Error) return { subject, state: 'failed', text: tried.message, ...way }
  if (tried.stdout.trim() === '0') return { subject, state: 'ok', text: 'by sudo', ...way }
  return {
    subject,
    state: 'failed',
    text: `sudo gave user ${tried.stdout.trim() || 'nobody'}, not root`,
    ...way,
  }
}
