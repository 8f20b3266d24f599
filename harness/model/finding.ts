import { z } from 'zod'

/** Everything that can be worth knowing about a run. Text is rendered elsewhere (results/report/finding-text.ts). */
export const FindingCode = z.enum([
  // make a run invalid
  'GAP', // values: collector, host, gapSeconds, gapShare; limit: 3 intervals, 1 % of the window
  'EDGE_MISSING', // a window without a bracketing reading
  'CLOCK_OFFSET', // values: host, offsetMs, doubtMs; limit 400 for the two together
  'CLOCK_STEP', // values: host, stepMs; limit 400
  'BOOT_CHANGED', // values: host
  'SUSPENDED', // values: host, seconds
  'RECORDER_DIED', // values: host, reason
  'RECORDER_FULL', // values: host, bytes
  'WORK_FAILED', // values: failed, done, share; limit 0.1 %
  'WORK_ABSENT', // the load made no readable work record
  'LOAD_EXIT', // values: tool, exitCode, meaning
  'LOAD_DROPPED', // values: dropped; limit 0
  'LOAD_RATE', // values: asked, delivered (units per second), deviation, allowed (shares of what was asked); limit 2 %
  'LOAD_UNEVEN', // values: tenth (1 … 10), units, asked (null: none was asked for), deviation, allowed
  'COUNTER_UNTRUE', // values: collector, host, reason: a window's energy rests on a counter that was stuck, reset or a mirror
  'POD_LOST', // values: host, reason: a pod was evicted, killed or started again
  'ABORTED', // the run did not get to its end; values: phase, reason
  // leave a run valid but without rank
  'LOAD_THROTTLED', // values: host, service, share (of the window); limit 1 %
  'STEAL', // values: host, steal (share); limit 2 %
  'SHARED_KERNEL', // values: hosts
  'LOADGEN_SHARED', // values: host
  'SOURCE_MODEL',
  'SOURCE_SYNTHETIC',
  'PROFILE_QUICK',
  'NOISY', // values: host, phase, share of the machine's CPU time that was neither the workload's nor the recorder's; limit 5 %
  'READINGS_FEW', // values: host, perSecond, perWindow; limit 1 per second, 60 per window
  // worth knowing
  'VU_CEILING', // values: used, max
  'TOOL_MISSING', // values: tool, host; the workload is skipped
  'TOOL_COPIED', // values: tool, host, version, from
  'SENSOR_ABSENT', // values: collector, host, reason
  'SENSOR_FORBIDDEN',
  'SOURCE_ERROR', // values: collector, host, source, errors
  'COUNTER_WRAP', // values: collector, host, instance, times
  'COUNTER_RESET', // values: collector, host, instance, times, reason
  'COUNTER_STUCK', // values: collector, host, instance, times, seconds
  'COUNTER_MIRRORED', // two zones show one counter; the second was left out. values: collector, host, instance, of
  'CHILDREN_LOST', // cgroup fell back to the process tree
  'COARSE_STAMPS', // shell recorder: values: host, bootMicros, wallMicros
  'LATE_READINGS', // values: host, p99Micros
  'ENVIRONMENT_CHANGED', // values: host, fact, before, after
  'MODEL_EXTRAPOLATED', // values: host, reason
  'POD_LATE', // values: seconds after the first window's begin
  'DISTURBED', // values: host, by, asked: what was asked so often in the windows takes of the machine itself
  'KUBELET_ABSENT', // values: host, asked, failed, reason: its kubelet did not answer every time
  'METER_FAULT', // values: meter, fault, times, asked, reason: questions that a meter did not answer
  'METER_UNATTACHED', // values: meter, host: its file has not been brought in, or has no row of the run
  'METER_FLAW', // values: meter, instance, quantity, flaw, times, readings: readings that are no figure
  'METER_UNQUALIFIED', // values: meter, host, certificate (id of its campaign), reason: a certificate is cited and does not hold here
  'METER_SYNTHETIC', // values: meter, host, reason: its figures are known to be made up
  'METER_FROZEN', // values: meter, instance, quantity, seconds: a reading that did not change for so long
  'NETWORK_POLICY', // values: target, state: enforced, not enforced, not known
  'LOCK_NAMESPACE', // values: target: the lock lies in a namespace of ours alone, others can't see it
  'CLEANUP_LEFT',
  'CORRECTNESS', // values: checked, wrong
])
export type FindingCode = z.infer<typeof FindingCode>

export const Finding = z.strictObject({
  code: FindingCode,
  host: z.string().optional(),
  collector: z.string().optional(),
  phase: z.string().optional(),
  /** Index of the window it is about. */
  window: z.number().int().nonnegative().optional(),
  values: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  /** The limit that was broken, in the unit of the value it limits. */
  limit: z.union([z.number(), z.string()]).optional(),
})
export type Finding = z.infer<typeof Finding>
