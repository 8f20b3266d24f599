import { expect, test } from 'vitest'
import {
  loadJob,
  loadOnly,
  type ManifestParts,
  namespaceOf,
  nodesDaemonSet,
  sutPod,
} from '../../../../harness/run/cluster/manifests.ts'
import { LABEL } from '../../../../harness/run/cluster/names.ts'

const parts = (placement: 'spread' | 'pack' = 'spread'): ManifestParts => ({
  owner: {
    owner: 'aa',
    campaign: 'web-20261126T1723Z-053f',
    run: '0001-cluster-web-static-r1-a1',
    expires: 5,
  },
  namespace: 'jm-web',
  planned: {
    access: 'nodes',
    namespace: 'own',
    kubelet: 'none',
    sut: { cpuMillis: 1500, memoryBytes: 1 << 30 },
    load: { cpuMillis: 500, memoryBytes: 1 << 28 },
    loadPods: 4,
    placement,
    image: 'sha256:00',
  },
  settings: {
    nodes: { sut: { disk: 'ssd' }, loadgen: {} },
    image: 'registry.example/joulemark@sha256:00',
    pullPolicy: 'IfNotPresent',
    pullSecret: 'registry',
  },
  command: ['/bin/sh'],
  lifeSeconds: 4000,
})

test('what lies beside the first thing of a run goes with it, and nothing in another namespace', () => {
  const parent = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: 'p', uid: 'u' }
  const owned = { ...parts(), parent: { ...parent, namespace: 'jm-web' } }
  for (const { metadata } of [sutPod(owned), loadJob(owned, 2)])
    expect(metadata?.ownerReferences).toEqual([{ ...parent, blockOwnerDeletion: false }])
  const there = { ...owned, namespace: 'jm-web-nodes', nodes: ['a'] }
  for (const { metadata } of [nodesDaemonSet(there), namespaceOf(owned, undefined), sutPod(parts())])
    expect(metadata).not.toHaveProperty('ownerReferences')
})

const sut = sutPod(parts())
const job = loadJob(parts(), 4)
const workloads = { 'the pod under test': sut.spec, 'pods of the load': job.spec?.template.spec }

// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
test.each(Object.entries(workloads))('%s are what Pod Security calls restricted', (_, spec) => {
  expect(spec?.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  expect(spec?.hostNetwork ?? false).toBe(false)
  expect(spec?.hostPID ?? false).toBe(false)
  expect(spec?.automountServiceAccountToken).toBe(false)
  expect((spec?.volumes ?? []).map(volume => Object.keys(volume).sort())).toEqual([['emptyDir', 'name']])
  for (const { securityContext } of spec?.containers ?? [])
    expect(securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
})

test.each(Object.entries(workloads))('%s ask for what they may use, and end by themselves', (_, spec) => {
  const [container] = spec?.containers ?? []
  expect(container?.resources?.requests).toEqual(container?.resources?.limits)
  expect(Object.keys(container?.resources?.limits ?? {}).sort()).toEqual(['cpu', 'memory'])
  expect(spec?.activeDeadlineSeconds).toBe(4000)
  expect(spec?.restartPolicy).toBe('Never')
  expect(spec?.imagePullSecrets).toEqual([{ name: 'registry' }])
})

test('no autoscaler takes them away, and the job tries nothing twice', () => {
  const key = 'cluster-autoscaler.kubernetes.io/safe-to-evict'
  expect(sut.metadata?.annotations?.[key]).toBe('false')
  expect(job.spec?.template.metadata?.annotations?.[key]).toBe('false')
  expect(job.spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 4,
    parallelism: 4,
    backoffLimit: 0,
  })
})

test('load stands apart from the pod under test, or beside it', () => {
  const term = { requiredDuringSchedulingIgnoredDuringExecution: expect.any(Array) as unknown }
  expect(job.spec?.template.spec?.affinity).toEqual({ podAntiAffinity: term })
  const packed = loadJob(parts('pack'), 4).spec?.template.spec
  expect(packed?.affinity).toEqual({ podAffinity: term })
  expect(packed?.topologySpreadConstraints).toBeUndefined()
})

test('everything says whose it is', () => {
  const all = [
    sut,
    job,
    loadOnly(parts()),
    namespaceOf(parts(), undefined),
    namespaceOf(parts(), 'nodes'),
    nodesDaemonSet({ ...parts(), nodes: ['a'] }),
  ]
  for (const { metadata } of all) {
    expect(metadata?.labels).toMatchObject({
      [LABEL.manager]: 'joulemark',
      [LABEL.campaign]: 'web-20261126T1723Z-053f',
      [LABEL.run]: '0001a1',
    })
    expect(JSON.parse(metadata?.annotations?.['joulemark/owner'] ?? '')).toMatchObject({ expires: 5 })
  }
  expect(namespaceOf(parts(), undefined).metadata?.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
  })
})

test('recorders stand on the nodes that pods landed on and on no others', () => {
  const spec = nodesDaemonSet({ ...parts(), nodes: ['a', 'b'] }).spec?.template.spec
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  expect(terms?.map(({ matchFields }) => matchFields?.[0]?.values)).toEqual([['a'], ['b']])
  expect(spec?.nodeSelector).toBeUndefined()
})
