import { z } from 'zod'

/** A figure of the kubelet's, at the time stamp that the kubelet itself gives it. */
export const KubeletPoint = z.strictObject({
  /** Wall clock of the node, µs. */
  at: z.number(),
  /** s or B, counted since the group of processes was made; memory: B at that time. */
  value: z.number(),
})
export type KubeletPoint = z.infer<typeof KubeletPoint>

/** What a kubelet says of a group of processes. null: it does not say. */
export const KubeletUse = z.strictObject({
  /** CPU time, s. */
  cpu: KubeletPoint.nullable(),
  /** Working set: memory less file pages that nothing has used lately, B. */
  memory: KubeletPoint.nullable(),
  /** Network and disks, B. */
  receive: KubeletPoint.nullable(),
  transmit: KubeletPoint.nullable(),
  read: KubeletPoint.nullable(),
  write: KubeletPoint.nullable(),
})
export type KubeletUse = z.infer<typeof KubeletUse>

/** A group of which a kubelet says nothing. */
export const NO_USE: KubeletUse = {
  cpu: null,
  memory: null,
  receive: null,
  transmit: null,
  read: null,
  write: null,
}

/** What a kubelet said of its node at one asking; of what is not the run's, no names. */
export const KubeletReading = z.strictObject({
  /** Measured host that the node is; where pods are measured from inside, one of those on it. */
  host: z.string(),
  /** Controller's wall clock, µs: before the first question and after the last answer. */
  asked: z.number(),
  answered: z.number(),
  /** Logical CPUs of the machine, and its boot id. null: it does not say. */
  threads: z.number().nullable(),
  bootId: z.string().nullable(),
  /** The machine, as the kubelet sees it. */
  node: KubeletUse,
  /** All pods of the node together; of their network it says nothing. */
  allPods: KubeletUse,
  /** Pods of the run, by their id in it. */
  pods: z.record(z.string(), KubeletUse),
  /** How many pods of others it has. */
  others: z.number().int(),
})
export type KubeletReading = z.infer<typeof KubeletReading>

/** File of a run's archive with the readings of all its kubelets, one JSON object a line. */
export const KUBELET_FILE = 'raw/kubelet.ndjson'
