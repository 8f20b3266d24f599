import type { Finding, FindingCode } from '../../harness/model/finding.ts'
import { percentText, significant } from './number-text.ts'

type Values = Finding['values']

const number = (v: Values, key: string): number | null => (typeof v[key] === 'number' ? v[key] : null)
const text = (v: Values, key: string): string => {
  const value = v[key]
  if (value === undefined || value === null) return 'not known'
  return typeof value === 'number' ? significant(value, 3) : String(value)
}
const share = (v: Values, key: string): string => {
  const value = number(v, key)
  return value === null ? 'an unknown share' : percentText(value)
}

/** One plain sentence per code, with the figures that made it. Exhaustive by type: a new code without a sentence does not compile. */
const SENTENCES: { readonly [code in FindingCode]: (v: Values) => string } = {
  GAP: v =>
    v['edges'] === 'open'
      ? `no reading brackets an edge of the ${text(v, 'phase')}`
      : `readings are missing: ${text(v, 'gapSeconds')} s, ${share(v, 'gapShare')} of the ${v['phase'] === undefined ? 'window' : text(v, 'phase')}`,
  EDGE_MISSING: () => 'no reading brackets an edge of the window, so its figure is absent',
  CLOCK_OFFSET: v =>
    v['doubtMs'] === undefined
      ? `the clock may be ${text(v, 'offsetMs')} ms off the controller’s`
      : `the clock is ${text(v, 'offsetMs')} ms off the controller’s, give or take ${text(v, 'doubtMs')} ms`,
  CLOCK_STEP: v => `the wall clock jumped by ${text(v, 'stepMs')} ms during the run`,
  BOOT_CHANGED: () => 'the machine was started anew during the run',
  SUSPENDED: v => `the machine was suspended for ${text(v, 'seconds')} s`,
  RECORDER_DIED: v => `the recorder died: ${text(v, 'reason')}`,
  RECORDER_FULL: () => 'the recorder’s buffer was full; it stopped and overwrote nothing',
  WORK_FAILED: v => `${share(v, 'share')} of the work failed`,
  WORK_ABSENT: v =>
    `the load left no record of work${v['reason'] === undefined ? '' : `: ${text(v, 'reason')}`}`,
  LOAD_EXIT: v => `${text(v, 'tool')} ended with code ${text(v, 'exitCode')}: ${text(v, 'meaning')}`,
  LOAD_RATE: v =>
    `the load was ${text(v, 'delivered')} a second where ${text(v, 'asked')} were asked for: ${share(v, 'deviation')} off, ${share(v, 'allowed')} allowed`,
  LOAD_UNEVEN: v =>
    v['asked'] === null
      ? `tenth ${text(v, 'tenth')} of the window has no work`
      : `the load was not even: tenth ${text(v, 'tenth')} of the window has ${text(v, 'units')} where ${text(v, 'asked')} were asked for`,
  COUNTER_UNTRUE: v => `energy rests on a counter that can’t be believed: ${text(v, 'reason')}`,
  LOAD_DROPPED: v => `the load generator dropped ${text(v, 'dropped')} pieces of work that were due`,
  POD_LOST: v => `a pod of the workload did not last: ${text(v, 'reason')}`,
  ABORTED: v => `the run was aborted in ${text(v, 'phase')}: ${text(v, 'reason')}`,
  STEAL: v => `${share(v, 'steal')} of CPU time was stolen by neighbours`,
  SHARED_KERNEL: v => `several hosts share one kernel and are one machine: ${text(v, 'hosts')}`,
  LOADGEN_SHARED: () => 'the load generator ran on the measured machine; the figure includes it',
  SOURCE_MODEL: () => 'energy is modelled from CPU use, not measured',
  SOURCE_SYNTHETIC: () => 'energy comes from a synthetic source: never publishable',
  PROFILE_QUICK: () => 'profile quick: too short to be ranked',
  VU_CEILING: v => `the load generator used ${text(v, 'used')} of ${text(v, 'max')} virtual users`,
  TOOL_MISSING: v =>
    `${text(v, 'tool')} is not there, so the workload was skipped${v['hint'] === undefined ? '' : `. ${text(v, 'hint')}`}`,
  TOOL_COPIED: v => `${text(v, 'tool')} ${text(v, 'version')} was copied from the controller`,
  SENSOR_ABSENT: v => `no such sensor here: ${text(v, 'reason')}`,
  SENSOR_FORBIDDEN: v => `the sensor is there but may not be read: ${text(v, 'reason')}`,
  SOURCE_ERROR: v => `${text(v, 'source')} failed ${text(v, 'errors')} times`,
  COUNTER_WRAP: v => `counter ${text(v, 'instance')} wrapped ${text(v, 'times')} times and was carried on`,
  COUNTER_RESET: v => `counter ${text(v, 'instance')} was reset; the energy across the reset is not known`,
  COUNTER_MIRRORED: v =>
    `counter ${text(v, 'instance')} shows the same as ${text(v, 'of')} and was counted once`,
  COUNTER_STUCK: v =>
    `counter ${text(v, 'instance')} stood still ${text(v, 'times')} times, ${text(v, 'seconds')} s in all; the energy meanwhile is not known`,
  CHILDREN_LOST: () => 'no cgroup was to be had: short-lived children of the service are not in its figures',
  COARSE_STAMPS: v => `the shell recorder stamps in steps of ${text(v, 'bootMicros')} µs`,
  LATE_READINGS: v => `1 % of the readings were more than ${text(v, 'p99Micros')} µs late`,
  NOISY: v =>
    `the machine did somebody else’s work: ${share(v, 'share')} of its CPU time in ${text(v, 'phase')} was neither the workload’s nor the recorder’s`,
  READINGS_FEW: v =>
    `readings are few: ${text(v, 'perSecond')} a second, ${text(v, 'perWindow')} in a window`,
  ENVIRONMENT_CHANGED: v => `${text(v, 'fact')} changed from ${text(v, 'before')} to ${text(v, 'after')}`,
  MODEL_EXTRAPOLATED: v => `the power model reaches beyond what is known: ${text(v, 'reason')}`,
  LOAD_THROTTLED: v =>
    `${text(v, 'service')} was held back by its CPU limit for ${share(v, 'share')} of the window`,
  POD_LATE: v => `a pod of the load began ${text(v, 'seconds')} s after the first window`,
  DISTURBED: v =>
    `${text(v, 'by')} was asked ${String(v['asked'])} times in the windows, and its answers took of the measured machine`,
  KUBELET_ABSENT: v =>
    `the kubelet of ${text(v, 'host')} did not answer ${text(v, 'failed')} of ${text(v, 'asked')} times: ${text(v, 'reason')}`,
  METER_FAULT: v =>
    `${text(v, 'meter')} did not answer ${String(v['times'])} of ${String(v['asked'])} times (${text(v, 'fault')}): ${text(v, 'reason')}`,
  METER_UNATTACHED: v =>
    `no readings of ${text(v, 'meter')} are attached for this run: joulemark attach DIR FILE --meter ${text(v, 'meter')} brings them in`,
  METER_FLAW: v =>
    `${String(v['times'])} of ${String(v['readings'])} readings of ${text(v, 'meter')} (${text(v, 'instance')}) were no figure: ${text(v, 'flaw')}`,
  METER_UNQUALIFIED: v =>
    `${text(v, 'meter')} counts as unqualified, its certificate (${text(v, 'certificate')}) does not hold here: ${text(v, 'reason')}`,
  METER_SYNTHETIC: v => `${text(v, 'meter')} makes its figures up: ${text(v, 'reason')}`,
  METER_FROZEN: v =>
    `${text(v, 'meter')} (${text(v, 'instance')}) showed one and the same ${text(v, 'quantity')} for ${text(v, 'seconds')} s`,
  NETWORK_POLICY: v =>
    v['state'] === 'enforced'
      ? 'the cluster’s network lets only load reach the workload'
      : v['state'] === 'not enforced'
        ? 'the cluster’s network does not enforce network policies: anybody in it could reach the workload'
        : 'whether the cluster’s network enforces network policies could not be found out',
  LOCK_NAMESPACE: () =>
    'the nodes were locked in the given namespace alone: whoever measures from another one does not see it',
  CLEANUP_LEFT: v => `left behind: ${text(v, 'what')}`,
  CORRECTNESS: v => `${text(v, 'wrong')} of ${text(v, 'checked')} checked answers were wrong`,
}

/** A finding as one sentence, without its run. */
export function findingText(finding: Finding): string {
  const where = [finding.host, finding.collector].filter(part => part !== undefined).join(' · ')
  const sentence = SENTENCES[finding.code](finding.values)
  const limit = finding.limit === undefined ? '' : ` (limit ${limitText(finding)})`
  return `${where === '' ? '' : `${where}: `}${sentence}${limit}`
}

const SHARES: ReadonlySet<FindingCode> = new Set(['WORK_FAILED', 'STEAL', 'GAP', 'NOISY'])

function limitText(finding: Finding): string {
  if (typeof finding.limit !== 'number') return String(finding.limit)
  if (SHARES.has(finding.code) && finding.limit < 1) return percentText(finding.limit)
  return significant(finding.limit, 3)
}
