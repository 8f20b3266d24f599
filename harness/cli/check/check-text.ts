import {
  AREAS,
  type CheckItem,
  type HostCheck,
  isNotReady,
  sharedMachines,
} from '../../targets/check-item.ts'
import type { Terminal } from '../terminal.ts'

/** Its colours are all that is needed of it. */
type Styles = Pick<Terminal, 'style'>

const SIGNS: Readonly<
  Record<CheckItem['state'], { readonly sign: string; readonly style: 'green' | 'yellow' | 'red' | 'dim' }>
> = {
  ok: { sign: '✔', style: 'green' },
  note: { sign: '!', style: 'yellow' },
  absent: { sign: '–', style: 'dim' },
  forbidden: { sign: '✖', style: 'yellow' },
  failed: { sign: '✖', style: 'red' },
}

/** Host by host what was found, with what to do; then machines that are shared. */
export function checkText(checks: readonly HostCheck[], terminal: Styles): string {
  return [
    ...checks.map(check => hostText(check, terminal)),
    ...sharedText(checks),
    `${lastLine(checks)}\n`,
  ].join('\n')
}

function hostText({ target, host, roles, items }: HostCheck, terminal: Styles): string {
  const width = Math.max(...items.map(item => item.subject.length))
  const areas = AREAS.flatMap(area => {
    const lines = items.filter(item => item.area === area).map(item => itemText(item, width, terminal))
    return lines.length === 0 ? [] : [`  ${area}\n`, ...lines]
  })
  return `${terminal.style('bold', `${target} ${host}`)}  ${roles.join(', ')}\n${areas.join('')}`
}

/** What hosts said may hold more than one line: none of them may look like an item of ours. */
function itemText({ subject, state, text, hint }: CheckItem, width: number, terminal: Styles): string {
  const { sign, style } = SIGNS[state]
  const word = state === 'absent' || state === 'forbidden' ? `${state}: ` : ''
  const indent = ' '.repeat(width + 6)
  const hints =
    hint === undefined || hint === '' ? [] : hint.split('\n').map(line => terminal.style('dim', line))
  const lines = [...`${word}${text}`.split('\n'), ...hints]
  return `  ${terminal.style(style, sign)} ${subject.padEnd(width)}  ${lines.join(`\n${indent}`)}\n`
}

const sharedText = (checks: readonly HostCheck[]): readonly string[] =>
  sharedMachines(checks).map(hosts => {
    const inOneTarget = new Set(hosts.map(({ target }) => target)).size < hosts.length
    const names = hosts.map(check => `${check.target} ${check.host}`).join(', ')
    const so = inOneTarget
      ? 'measured and summed once, and its runs are not ranked'
      : 'measured one after the other'
    return `SHARED machine: ${names} have one kernel (equal boot id): ${so}\n`
  })

function lastLine(checks: readonly HostCheck[]): string {
  const failed = checks.filter(isNotReady)
  const without = checks.flatMap(({ items }) => items.filter(item => item.skips !== undefined))
  const skipped = [...new Set(without.map(item => item.skips))]
  if (failed.length === 0) return skipped.length === 0 ? 'ready' : `ready, without ${skipped.join(', ')}`
  return `not ready: ${failed.map(check => `${check.target} ${check.host}`).join(', ')}`
}
