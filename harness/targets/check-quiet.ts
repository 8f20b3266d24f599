import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Host, HostFacts } from '../model/target.ts'
import { shareText } from './check-figures.ts'
import type { CheckItem } from './check-item.ts'
import { parseQuiet, type Quietness } from './parse-quiet.ts'

/** Limit of the rule STEAL, which a run's windows meet. */
const STEAL_SHARE = 0.02
/** Below this a machine counts as quiet. */
const BUSY_SHARE = 0.05
const TIMER_SECONDS = 3600

/** Looks for a second at what a host does. */
export async function readQuiet(host: Host): Promise<Quietness> {
  const mark = `jm-${randomBytes(16).toString('hex')}`
  const script = await readFile(new URL('./quiet.sh', import.meta.url), 'utf8')
  const argv = ['/bin/sh', '-c', script, 'quiet', mark]
  const exit = await host.exec(argv, { deadlineSeconds: 60, maxBytes: 4 << 20 })
  return parseQuiet(exit.stdout, mark)
}

/** How quiet the machine is: CPU in use and by whom, steal, timers that are due, upgrades at work and allowed. */
export function quietItems(quiet: Quietness, { userHz }: Pick<HostFacts, 'userHz'>): readonly CheckItem[] {
  return [
    cpuItem(quiet),
    ...busiestItem(quiet, userHz),
    stealItem(quiet),
    ...timerItem(quiet),
    ...packageItem(quiet),
    ...upgradeItem(quiet),
  ]
}

function cpuItem({ busy, load }: Quietness): CheckItem {
  const subject = 'CPU'
  const text = `${shareText(busy)} in use over a second, load ${load ?? 'unknown'}`
  if (busy === null) return { subject, state: 'note', text, hint: '/proc/stat could not be read twice' }
  if (busy <= BUSY_SHARE) return { subject, state: 'ok', text }
  return {
    subject,
    state: 'note',
    text,
    hint: 'something is at work, and its energy would be in every figure: end it, or measure another time',
  }
}

const busiestItem = ({ busiest }: Quietness, userHz: number): readonly CheckItem[] =>
  busiest.length === 0
    ? []
    : [
        {
          subject: 'busiest',
          state: 'ok',
          text: `${busiest.map(({ pid, name, ticks }) => `${name} (${pid}) ${((ticks / userHz) * 100).toFixed(0)} %`).join(', ')} of one CPU`,
        },
      ]

function stealItem({ steal }: Quietness): CheckItem {
  const subject = 'steal'
  if (steal === null) return { subject, state: 'note', text: 'unknown' }
  if (steal <= STEAL_SHARE) return { subject, state: 'ok', text: shareText(steal) }
  return {
    subject,
    state: 'note',
    text: `the hypervisor gave ${shareText(steal)} of our time to others`,
    hint: `above ${STEAL_SHARE * 100} % in a window a run is not ranked: take a dedicated or less crowded host`,
  }
}

function timerItem({ timers }: Quietness): readonly CheckItem[] {
  const subject = 'timers'
  if (timers === null) return []
  const due = timers.filter(({ inSeconds }) => inSeconds <= TIMER_SECONDS)
  if (due.length === 0) return [{ subject, state: 'ok', text: 'none is due within the hour' }]
  const minutes = (seconds: number) => Math.max(0, Math.round(seconds / 60))
  const list = due.map(({ unit, inSeconds }) => `${unit} in ${minutes(inSeconds)} min`).join(', ')
  return [
    {
      subject,
      state: 'note',
      text: `due within the hour: ${list}`,
      hint: `for the length of the campaign: sudo systemctl stop ${due.map(({ unit }) => unit).join(' ')}`,
    },
  ]
}

const packageItem = ({ packaging }: Quietness): readonly CheckItem[] =>
  packaging.length === 0
    ? []
    : [
        {
          subject: 'packages',
          state: 'note',
          text: `at work: ${packaging.join(', ')}`,
          hint: 'wait until it has ended',
        },
      ]

const upgradeItem = ({ unattendedUpgrades }: Quietness): readonly CheckItem[] =>
  unattendedUpgrades
    ? [
        {
          subject: 'upgrades',
          state: 'note',
          text: 'unattended upgrades are on',
          hint: 'for the length of the campaign: sudo systemctl stop apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service',
        },
      ]
    : []
