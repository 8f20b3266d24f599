import { z } from 'zod'
import { flavorSize } from './flavor.ts'
import { RegistryAuthSection } from './schema-host.ts'
import { AssumeSection, FilePath, Id } from './schema-words.ts'

const DEFAULT_MEMORY_MIB = 1024

/** RFC 1123 label: names of namespaces, secrets and the like. */
const Name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits and inner hyphens',
  )

const Selector = z
  .record(
    z
      .string()
      .regex(
        /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
        'must be a label key',
      ),
    z.string().regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'must be a label value'),
  )
  .describe('Labels that a node must have.')

/** Registry, or registry and a part of the path. */
const Prefix = z
  .string()
  .regex(
    /^[a-z0-9][A-Za-z0-9._:-]*(?:\/[a-z0-9][A-Za-z0-9._-]*)*$/,
    'must be a registry, with or without a part of a path',
  )

/** CPUs and memory of a pod: numbers, or the name of an SCS flavor of that size. */
const SizeSection = z
  .union([
    z.strictObject({
      cpu: z.number().min(0.05).max(1024).describe('CPUs.'),
      memory_mib: z.number().int().min(64).max(16_777_216).describe('Memory, MiB.'),
    }),
    z
      .string()
      .refine(
        name => flavorSize(name) !== null,
        'is no name of an SCS flavor (SCS-0100) such as SCS-2V-4; other sizes are { cpu: 2, memory_mib: 4096 }',
      ),
  ])
  .describe(
    'What a pod asks for and may use at most: CPUs and memory, or an SCS flavor name such as SCS-2V-4.',
  )
export type SizeSection = z.output<typeof SizeSection>

export const KubernetesTarget = z
  .strictObject({
    id: Id.describe('Name of the target in plan, archive and report.'),
    kind: z.literal('kubernetes').describe('A Kubernetes cluster.'),
    kubeconfig: FilePath.optional().describe('kubeconfig file. Default: $KUBECONFIG, else ~/.kube/config.'),
    context: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Context of the kubeconfig. Default: its current one.'),
    namespace: Name.optional().describe(
      'An existing namespace to work in, for those who may not make any. Default: a namespace is made for every run, and removed.',
    ),
    access: z
      .enum(['nodes', 'pod'])
      .default('nodes')
      .describe(
        'nodes: a recorder on the nodes, in a privileged pod. pod: with rights in a namespace alone, from inside the workload’s containers; nodes are then not measured.',
      ),
    kubelet: z
      .enum(['none', 'proxy', 'direct'])
      .default('none')
      .describe(
        'Ask the kubelets, too, every 10 s: for what nodes and their pods use, and how far kubelet and recorder differ. proxy: through the API server, which needs nodes/proxy, a powerful right. direct: at port 10250 of each node, which needs nodes/metrics alone.',
      ),
    nodes: z
      .strictObject({ sut: Selector.prefault({}), loadgen: Selector.prefault({}) })
      .prefault({})
      .describe('Nodes on which pods may run, by their labels. Default: all that are ready.'),
    size: SizeSection.prefault({ cpu: 1, memory_mib: DEFAULT_MEMORY_MIB }).describe(
      'Size of the pod under test: requests and limits. Default: 1 CPU, 1024 MiB.',
    ),
    load: z
      .strictObject({
        pods: z
          .number()
          .int()
          .min(1)
          .max(1000)
          .default(1)
          .describe('Pods that make the load, where the workload can be split.'),
        size: SizeSection.prefault({ cpu: 1, memory_mib: DEFAULT_MEMORY_MIB }).describe(
          'Size of each. Default: 1 CPU, 1024 MiB.',
        ),
        placement: z
          .enum(['spread', 'pack'])
          .default('spread')
          .describe(
            'spread: on other nodes than the pod under test, evenly. pack: on the node of the pod under test.',
          ),
      })
      .prefault({})
      .describe('The load generator.'),
    image: z
      .string()
      .regex(
        /^[a-z0-9](?:[A-Za-z0-9._:/-]{0,254})@sha256:[0-9a-f]{64}$/,
        'must name an image by its digest: REGISTRY/NAME@sha256:…, as `joulemark images` prints it',
      )
      .describe('Image that all pods run, by digest.'),
    mirror: z
      .record(Prefix, Prefix)
      .prefault({})
      .describe(
        'Where nodes get images from that have these beginnings, for clusters that reach no other registry: { docker.io: registry.example/docker }. The longest that fits counts; digests stay.',
      ),
    pull: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When nodes pull it.'),
    pull_secret: Name.optional().describe(
      'Secret with the registry’s credentials, in the existing namespace.',
    ),
    pull_auth: RegistryAuthSection.optional().describe(
      'Credentials of the registry, by reference. A secret of them is made for every run and goes with it; other registries’ stay here.',
    ),
    assume: AssumeSection.optional(),
  })
  .describe('A Kubernetes cluster; workloads run in pods.')
export type KubernetesTarget = z.output<typeof KubernetesTarget>
