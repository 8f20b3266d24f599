import type { MeterNature } from '../../../harness/model/meter.ts'
import type { Sample } from '../../../harness/model/prometheus-text.ts'
import type { EnergyUnit, PowerUnit } from '../meter/figures.ts'

/** How one metric of an exporter is to be read. */
export interface Metric {
  readonly name: string
  readonly quantity: { readonly energy: EnergyUnit } | { readonly power: PowerUnit }
  /** Series of it that count; others are parts of them, or more than them. */
  readonly counts?: (labels: Sample['labels']) => boolean
}

export interface Preset {
  readonly metrics: readonly Metric[]
  /** Labels that tell series apart and name neither machines nor people; others are dropped before anything is kept. */
  readonly labels: readonly string[]
  readonly nature: MeterNature
  readonly scopeOf?: (instances: readonly string[]) => string
  /** Why a series is known to be made up; null: it is not known to be. */
  readonly synthetic?: (labels: Sample['labels']) => string | null
}

const isIn =
  (label: string, ...values: readonly string[]) =>
  (labels: Sample['labels']): boolean =>
    values.includes(labels.get(label) ?? '')

const counted = (scope: string): MeterNature => ({
  kind: 'host-counter',
  scope,
  reads: 'instant',
  take: 'energy',
  onMachine: true,
})

/** Zones of RAPL that may be summed: core and uncore are parts of a package, psys is more than the packages. */
const PACKAGE_AND_DRAM = ['package', 'dram']
const RAPL_SCOPE = 'cpu package as the exporter reads RAPL'
/** Memory is in it where the exporter showed it. */
const raplScope = (instances: readonly string[]): string =>
  instances.some(instance => /dram/.test(instance))
    ? 'cpu package+dram as the exporter reads RAPL'
    : `${RAPL_SCOPE}, dram not included`
/** MMIO shows a domain once more that the MSR shows already. */
const notTwin = (labels: Sample['labels']): boolean => !/rapl-mmio/.test(labels.get('path') ?? '')

/** Real zones of powercap end in `intel-rapl:0`; those of Kepler's meter for development do not, and nothing else tells them. */
const REAL_ZONE = /(?:^|[/,])(?:intel|amd)-rapl(?:-mmio)?:\d/

/** Exporters whose metrics are known. Sources: docs of each project; names as of the versions given. */
export const PRESETS = {
  /** Kepler 0.10 and newer: docs/user/metrics.md. */
  kepler: {
    metrics: [
      {
        name: 'kepler_node_cpu_joules_total',
        quantity: { energy: 'J' },
        counts: isIn('zone', ...PACKAGE_AND_DRAM),
      },
    ],
    labels: ['zone', 'path'],
    nature: counted(RAPL_SCOPE),
    scopeOf: raplScope,
    synthetic: labels =>
      REAL_ZONE.test(labels.get('path') ?? '')
        ? null
        : 'its path is no zone of powercap: it comes from the meter for development, which makes its figures up',
  },
  /** Kepler up to 0.9: what of a package or its memory is idle and what is not are two series, which add up. */
  'kepler-0.9': {
    metrics: [
      { name: 'kepler_node_package_joules_total', quantity: { energy: 'J' } },
      { name: 'kepler_node_dram_joules_total', quantity: { energy: 'J' } },
    ],
    labels: ['package', 'mode'],
    nature: counted(RAPL_SCOPE),
    scopeOf: raplScope,
  },
  /** Scaphandre 1.0: its host figure is psys where there is one, else packages and DRAM; so sockets and DRAM are taken. */
  scaphandre: {
    metrics: [
      { name: 'scaph_socket_energy_microjoules', quantity: { energy: 'uJ' } },
      {
        name: 'scaph_domain_energy_microjoules',
        quantity: { energy: 'uJ' },
        counts: isIn('domain_name', 'dram'),
      },
    ],
    labels: ['socket_id', 'domain_name', 'domain_id'],
    nature: counted(RAPL_SCOPE),
    scopeOf: raplScope,
  },
  /** node_exporter's collector rapl. */
  'node-rapl': {
    metrics: [
      { name: 'node_rapl_package_joules_total', quantity: { energy: 'J' }, counts: notTwin },
      { name: 'node_rapl_dram_joules_total', quantity: { energy: 'J' }, counts: notTwin },
    ],
    labels: ['index', 'path'],
    nature: counted(RAPL_SCOPE),
    scopeOf: raplScope,
  },
  /** node_exporter's collector hwmon, cumulative energy of chips that have it. */
  'node-hwmon': {
    metrics: [{ name: 'node_hwmon_energy_joule_total', quantity: { energy: 'J' } }],
    labels: ['chip', 'sensor'],
    nature: counted('sensors of the board as the exporter reads hwmon'),
  },
  /** Kepler's view of a BMC by Redfish. */
  'kepler-platform': {
    metrics: [{ name: 'kepler_platform_watts', quantity: { power: 'W' } }],
    labels: ['source'],
    nature: {
      kind: 'bmc',
      scope: 'server as its BMC says, AC or DC side not stated',
      reads: 'instant',
      take: 'power',
    },
  },
  /** Draft standard SCS-0414: what a provider attributes to a tenant. */
  'scs-0414': {
    metrics: [{ name: 'sustainability_tenant_energy_kwh', quantity: { energy: 'kWh' } }],
    labels: [],
    nature: {
      kind: 'provider-attributed',
      scope: "tenant's share of the cloud as the provider attributes it",
      reads: 'instant',
      take: 'energy',
    },
  },
} as const satisfies Record<string, Preset>
