import { z } from 'zod'

/** How a cluster is measured. nodes: by a recorder on the nodes themselves; pod: by one inside the workload's own containers. */
export const ClusterAccess = z.enum(['nodes', 'pod'])
export type ClusterAccess = z.infer<typeof ClusterAccess>

/** What a container asks for and may use at most: requests = limits. */
export const PodSize = z.strictObject({
  /** Thousandths of a CPU. */
  cpuMillis: z.number().int().positive(),
  memoryBytes: z.number().int().positive(),
})
export type PodSize = z.infer<typeof PodSize>

/** What of a cluster's settings belongs to the plan: no names, no addresses. */
export const PlannedCluster = z.strictObject({
  access: ClusterAccess,
  /** own: a namespace for every run; existing: one that is there, for tenants who may not make any. */
  namespace: z.enum(['own', 'existing']),
  /** How kubelets are asked, too: through the API server, directly, or not at all. */
  kubelet: z.enum(['none', 'proxy', 'direct']),
  sut: PodSize,
  load: PodSize,
  loadPods: z.number().int().positive(),
  /** spread: load on other nodes than the sut's, one pod a node as far as they go; pack: all on the node of the sut. */
  placement: z.enum(['spread', 'pack']),
  /** Digest of the image that all pods run: `sha256:…`. */
  image: z.string(),
})
export type PlannedCluster = z.infer<typeof PlannedCluster>

/** The rest of them, with names: how a target is reached and where its pods go (state/hosts.json). */
export interface ClusterConnection {
  /** Absolute path; absent: $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Name of the namespace where the plan says `existing`. */
  readonly namespace?: string
  /** Labels of the nodes on which pods may run. */
  readonly nodes: {
    readonly sut: Readonly<Record<string, string>>
    readonly loadgen: Readonly<Record<string, string>>
  }
  /** Image of all pods, by digest. */
  readonly image: string
  readonly pullSecret?: string
  readonly pullPolicy: 'IfNotPresent' | 'Always' | 'Never'
}

export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Parts of the path; each is encoded. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly body?: unknown
  readonly contentType?: string
  /** How long a server that is away is asked again, s. */
  readonly patienceSeconds?: number
  readonly signal?: AbortSignal
}

/** A node's kubelet. */
export interface KubeletPlace {
  readonly way: 'proxy' | 'direct'
  readonly node: string
  /** IP address of the node, for who asks directly. */
  readonly address: string
}

/** A container of a pod. */
export interface PodPlace {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}
