import type {
  V1Affinity,
  V1Container,
  V1DaemonSet,
  V1Job,
  V1Namespace,
  V1NetworkPolicy,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1ResourceRequirements,
} from '@kubernetes/client-node'
import type { ClusterConnection, PlannedCluster, PodSize } from '../../model/cluster.ts'
import type { LockContent } from '../locks.ts'
import { clusterName, KEEP_ANNOTATION, LABEL, OWNER_ANNOTATION, runLabels } from './names.ts'

/** What is sent: the client's types are classes, of which there are no instances here. */
type Data<T> = { [field in keyof T]: T[field] }

/** Container of every pod of ours. */
export const CONTAINER = 'joulemark'
/** Writable folder of every container of ours; its first process waits there. */
export const POD_FOLDER = '/joulemark'
/** User and group that pods of workloads run as; the image has an account of that number. */
const USER = 10_001
/** Pods end soon: nothing in them has to be saved. */
const GRACE_SECONDS = 2

/** Credentials of registries: place → base64 of `user:password`: all that a kubelet reads. */
export type Auths = Readonly<Record<string, { readonly auth: string }>>

export interface ManifestParts {
  readonly owner: LockContent
  /** Where the run's things go. */
  readonly namespace: string
  readonly planned: PlannedCluster
  readonly settings: ClusterConnection
  /** `Cluster.entryCommand(POD_FOLDER)` */
  readonly command: readonly string[]
  /** After so long pods of the workload end by themselves. */
  readonly lifeSeconds: number
  /** Credentials of which a secret of the run's own is made (pull-secret.ts); absent: there are none. */
  readonly pullAuths?: Auths
  /** The first thing of the run in its namespace: others there go when it goes. */
  readonly parent?: Parent
}

export interface Parent {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly namespace: string
}

export type Part = 'sut' | 'load' | 'nodes' | 'probe' | 'pull'

/** Name, labels and annotations of something of a run. */
export function metadata(
  o: Pick<ManifestParts, 'owner' | 'parent'>,
  part?: Part,
  namespace?: string,
): Data<V1ObjectMeta> {
  const { campaign, run } = o.owner
  return {
    name: clusterName(campaign, run, part),
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsOf(o, part),
    annotations: { [OWNER_ANNOTATION]: JSON.stringify(o.owner) },
    ...ownedBy(o.parent, namespace),
  }
}

/** The cluster's own clean-up, should ours never come: what is left goes with the parent. References do not reach into other namespaces. */
function ownedBy(
  parent: Parent | undefined,
  namespace: string | undefined,
): Data<Pick<V1ObjectMeta, 'ownerReferences'>> {
  if (parent === undefined || parent.namespace !== namespace) return {}
  const { apiVersion, kind, name, uid } = parent
  // To block the parent's deletion would need a right of its own.
  return { ownerReferences: [{ apiVersion, kind, name, uid, blockOwnerDeletion: false }] }
}

const labelsOf = ({ owner }: Pick<ManifestParts, 'owner'>, part?: Part): Record<string, string> => ({
  ...runLabels(owner),
  ...(part === undefined ? {} : { [LABEL.part]: part }),
})

/** https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const security = (level: 'restricted' | 'privileged'): Record<string, string> => ({
  'pod-security.kubernetes.io/enforce': level,
  'pod-security.kubernetes.io/warn': level,
})

export function namespaceOf(o: ManifestParts, part: Extract<Part, 'nodes'> | undefined): V1Namespace {
  const meta = metadata(o, part)
  const labels = { ...meta.labels, ...security(part === 'nodes' ? 'privileged' : 'restricted') }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...meta, labels } }
}

/** Only the run's own load reaches the workload. */
export function loadOnly(o: ManifestParts): V1NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(o, 'sut', o.namespace),
    spec: {
      podSelector: { matchLabels: labelsOf(o, 'sut') },
      policyTypes: ['Ingress'],
      ingress: [{ _from: [{ podSelector: { matchLabels: labelsOf(o, 'load') } }] }],
    },
  }
}

const limits = ({ cpuMillis, memoryBytes }: PodSize): V1ResourceRequirements => {
  const all = { cpu: `${cpuMillis}m`, memory: String(memoryBytes) }
  return { requests: all, limits: all }
}

function container(o: ManifestParts, size: PodSize): Data<V1Container> {
  return {
    name: CONTAINER,
    image: o.settings.image,
    imagePullPolicy: o.settings.pullPolicy,
    command: [...o.command],
    workingDir: POD_FOLDER,
    resources: limits(size),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'work', mountPath: POD_FOLDER }],
  }
}

function common(o: ManifestParts): Data<V1PodSpec> {
  const name = o.pullAuths === undefined ? o.settings.pullSecret : metadata(o, 'pull').name
  return {
    containers: [],
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    volumes: [{ name: 'work', emptyDir: {} }],
    ...(name === undefined ? {} : { imagePullSecrets: [{ name }] }),
  }
}

function workloadSpec(o: ManifestParts, role: 'sut' | 'loadgen', size: PodSize): Data<V1PodSpec> {
  return {
    ...common(o),
    activeDeadlineSeconds: o.lifeSeconds,
    containers: [container(o, size)],
    nodeSelector: { ...o.settings.nodes[role] },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

/** The pod under test. */
export const sutPod = (o: ManifestParts): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: keep(metadata(o, 'sut', o.namespace)),
  spec: workloadSpec(o, 'sut', o.planned.sut),
})

/** A pod that has nothing to do with the run but to find out whether it is kept from the pod under test. */
export const probePod = (o: ManifestParts): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(o, 'probe', o.namespace),
  spec: workloadSpec(o, 'loadgen', { cpuMillis: 50, memoryBytes: 33_554_432 }),
})

/** The load: pods with numbers, each of which ends once. */
export function loadJob(o: ManifestParts, pods: number): V1Job {
  const spec = workloadSpec(o, 'loadgen', o.planned.load)
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(o, 'load', o.namespace),
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism: pods,
      backoffLimit: 0,
      activeDeadlineSeconds: o.lifeSeconds,
      template: {
        metadata: keep({ labels: labelsOf(o, 'load') }),
        spec: {
          ...spec,
          affinity: beside(o),
          ...(o.planned.placement === 'spread'
            ? {
                topologySpreadConstraints: [
                  {
                    maxSkew: 1,
                    topologyKey: HOST_NAME,
                    whenUnsatisfiable: 'ScheduleAnyway',
                    labelSelector: { matchLabels: labelsOf(o, 'load') },
                  },
                ],
              }
            : {}),
        },
      },
    },
  }
}

const HOST_NAME = 'kubernetes.io/hostname'

/** On the node of the pod under test, or on any other. */
function beside(o: ManifestParts): V1Affinity {
  const terms = {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: HOST_NAME, labelSelector: { matchLabels: labelsOf(o, 'sut') } },
    ],
  }
  return o.planned.placement === 'pack' ? { podAffinity: terms } : { podAntiAffinity: terms }
}

/** No autoscaler takes the node away from under it. */
const keep = (meta: Data<V1ObjectMeta>): Data<V1ObjectMeta> => ({
  ...meta,
  annotations: { ...meta.annotations, [KEEP_ANNOTATION]: 'false' },
})

/** The recorder's pods: one on each of these nodes, which sees the node as it is. */
export function nodesDaemonSet(o: ManifestParts & { readonly nodes: readonly string[] }): V1DaemonSet {
  const labels = labelsOf(o, 'nodes')
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(o, 'nodes', o.namespace),
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...common(o),
          restartPolicy: 'Always',
          hostPID: true,
          hostNetwork: true,
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: o.nodes.map(node => ({
                  matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
                })),
              },
            },
          },
          containers: [
            {
              ...container(o, { cpuMillis: 100, memoryBytes: 134_217_728 }),
              // It may use what it needs for a moment: a recorder that is throttled reads late.
              resources: {
                requests: { cpu: '50m', memory: '67108864' },
                limits: { memory: '268435456' },
              },
              // Energy counters are root's alone, and hidden from containers that are not privileged.
              securityContext: { privileged: true, runAsUser: 0 },
              volumeMounts: [
                { name: 'work', mountPath: POD_FOLDER },
                { name: 'cgroup', mountPath: '/sys/fs/cgroup', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'work', emptyDir: {} },
            { name: 'cgroup', hostPath: { path: '/sys/fs/cgroup', type: 'Directory' } },
          ],
        },
      },
    },
  }
}
