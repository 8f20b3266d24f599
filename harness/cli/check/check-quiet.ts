import { fixed, percentText } from '../../../results/report/number-text.ts'
import type { Host } from '../../model/target.ts'
import { script } from '../../run/on-host.ts'
import type { CheckItem } from './check-item.ts'

const SAMPLE_SECONDS = 2

// One line each: total CPU time before and after, load, package managers at work, timers.
const LOOK = `
head -n 1 /proc/stat; sleep ${SAMPLE_SECONDS}; head -n 1 /proc/stat
cat /proc/loadavg
for comm in /proc/[0-9]*/comm; do
  read -r name < "$comm" 2>/dev/null || continue
  case $name in apt|apt-get|dpkg|dnf|yum|zypper|apk|unattended-upgr|packagekitd) printf '%s ' "$name" ;; esac
done; echo
if command -v systemctl >/dev/null 2>&1; then systemctl list-timers --no-legend --no-pager 2>/dev/null | grep -o '[^ ]*\\.timer' | tr '\\n' ' '; fi; echo
if [ -f /etc/apt/apt.conf.d/20auto-upgrades ]; then cat /etc/apt/apt.conf.d/20auto-upgrades | tr '\\n' ' '; fi; echo`

/** How quiet the machine is now: load, CPU in use, steal, timers that may fire, upgrades that may begin. */
export async function quietItems(host: Host): Promise<readonly CheckItem[]> {
  const { stdout } = await host.exec(script(LOOK), { deadlineSeconds: SAMPLE_SECONDS + 30 })
  const [first = '', second = '', load = '', busy = '', timers = '', upgrades = ''] = stdout.split('\n')
  return [cpuItem(first, second, load), ...packageItem(busy), ...timerItem(timers), ...upgradeItem(upgrades)]
}

/** /proc/stat, proc(5): user nice system idle iowait irq softirq steal … */
function cpuItem(first: string, second: string, load: string): CheckItem {
  const [before, after] = [ticks(first), ticks(second)]
  const spent = after.map((value, i) => value - (before[i] ?? Number.NaN))
  const total = spent.slice(0, 8).reduce((sum, value) => sum + value, 0)
  const [, , , idle = Number.NaN, iowait = Number.NaN, , , steal = Number.NaN] = spent
  const subject = 'quiet'
  if (!(total > 0)) return { subject, state: 'note', text: '/proc/stat could not be read' }
  const share = { busy: 1 - (idle + iowait + steal) / total, steal: steal / total }
  const text = `load ${load.split(' ')[0] ?? '?'}, CPU ${percentText(share.busy)} busy, steal ${percentText(share.steal)} over ${SAMPLE_SECONDS} s`
  if (share.steal > 0.02)
    return {
      subject,
      state: 'note',
      text,
      hint: 'neighbours take CPU time: above 2 % in a window a run is not ranked',
    }
  if (share.busy > 0.05)
    return { subject, state: 'note', text, hint: 'something is at work; its energy would be in every figure' }
  return { subject, state: 'ok', text }
}

const ticks = (line: string): readonly number[] => line.trim().split(/\s+/).slice(1).map(Number)

const packageItem = (line: string): readonly CheckItem[] =>
  line.trim() === ''
    ? []
    : [
        {
          subject: 'packages',
          state: 'note',
          text: `at work now: ${[...new Set(line.trim().split(' '))].join(', ')}`,
          hint: 'wait until it has ended',
        },
      ]

function timerItem(line: string): readonly CheckItem[] {
  const names = [
    ...new Set(
      line
        .trim()
        .split(/\s+/)
        .filter(name => name !== ''),
    ),
  ]
  if (names.length === 0) return []
  return [
    {
      subject: 'timers',
      state: 'note',
      text: `${fixed(names.length, 0)} may fire: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}`,
      hint: 'systemctl stop them for the campaign, or see `systemctl list-timers` for when they fire',
    },
  ]
}

const upgradeItem = (line: string): readonly CheckItem[] =>
  /Unattended-Upgrade\s+"1"/.test(line)
    ? [
        {
          subject: 'upgrades',
          state: 'note',
          text: 'unattended upgrades are on',
          hint: 'systemctl stop unattended-upgrades for the campaign',
        },
      ]
    : []
