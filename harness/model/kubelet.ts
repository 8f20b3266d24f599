import { z } from 'zod'

/** A cumulative figure of the kubelet's, at its own time stamp. */
const Cpu = z.strictObject({
  /** Wall clock of the node, µs. */
  at: z.number(),
  /** CPU time since it began to be counted, s. */
  seconds: z.number(),
})

/** What a kubelet said of its node at one asking (/metrics/resource); of pods that are not the run's, no names. */
export const KubeletReading = z.strictObject({
  /** Measured host that the node is. */
  host: z.string(),
  /** Controller's wall clock, µs. */
  asked: z.number(),
  answered: z.number(),
  node: Cpu.nullable(),
  /** Pods of the run, by their id in it. */
  pods: z.record(z.string(), Cpu),
  /** Pods of others: how many, and their CPU time together; their time stamps differ. */
  others: z.strictObject({ count: z.number().int(), seconds: z.number() }),
})
export type KubeletReading = z.infer<typeof KubeletReading>

/** File of a run's archive with the readings of all its kubelets, one JSON object a line. */
export const KUBELET_FILE = 'raw/kubelet.ndjson'
