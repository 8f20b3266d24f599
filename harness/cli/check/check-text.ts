import {
  AREAS,
  type CheckItem,
  type HostCheck,
  isNotReady,
  sharedMachines,
} from '../../targets/check-item.ts'
import type { Terminal } from '../terminal.ts'

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
export function checkText(checks: readonly HostCheck[], terminal: Terminal): string {
  return [
    ...checks.map(check => hostText(check, terminal)),
    ...sharedText(checks),
    `${lastLine(checks)}\n`,
  ].join('\n')
}

function hostText({ target, host, roles, items }: HostCheck, terminal: Terminal): string {
  const width = Math.max(...items.map(item => item.subject.length))
  const areas = AREAS.flatMap(area => {
    const lines = items.filter(item => item.area === area).map(item => itemText(item, width, terminal))
    return lines.length === 0 ? [] : [`  ${area}\n`, ...lines]
  })
  return `${terminal.style('bold', `${target} ${host}`)}  ${roles.join(', ')}\n${areas.join('')}`
}

function itemText({ subject, state, text, hint }: CheckItem, width: number, terminal: Terminal): string {
  const { sign, style } = SIGNS[state]
  const word = state === 'absent' || state === 'forbidden' ? `${state}: ` : ''
  const indent = ' '.repeat(width + 6)
  const hints =
    hint === undefined || hint === ''
      ? ''
      : hint
          .split('\n')
          .map(line => `${indent}${terminal.style('dim', line)}\n`)
          .join('')
  return `  ${terminal.style(style, sign)} ${subject.padEnd(width)}  ${word}${text}\n${hints}`
}

const sharedText = (checks: readonly HostCheck[]): readonly string[] =>
  sharedMachines(checks).map(
    hosts =>
      `SHARED machine: ${hosts.map(check => `${check.target} ${check.host}`).join(', ')} have one kernel (equal boot id): measured and summed once, never ranked\n`,
  )

function lastLine(checks: readonly HostCheck[]): string {
  const failed = checks.filter(isNotReady)
  if (failed.length === 0) return 'ready'
  return `not ready: ${failed.map(check => `${check.target} ${check.host}`).join(', ')}`
}
