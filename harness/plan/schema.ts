import { z } from 'zod'
import { ProfileName } from '../model/plan.ts'
import { KubernetesTarget } from './schema-cluster.ts'
import { HostSection, SecretSection } from './schema-host.ts'
import { type MeterSchema, type MeterSection, meterSection } from './schema-meter.ts'
import { AssumeSection, Id, isZone, Line } from './schema-words.ts'

/** What the file's schema needs of a workload: its id, and the schema of its parameters. */
export interface WorkloadSchema {
  readonly id: string
  readonly title: string
  readonly params: z.ZodType
}

const seconds = (what: string) =>
  z.number().positive().max(86_400).optional().describe(`${what}, seconds. Default: the profile's.`)
const pause = (what: string) =>
  z.number().nonnegative().max(86_400).optional().describe(`${what}, seconds. Default: the profile's.`)

const ProtocolSection = z
  .strictObject({
    profile: ProfileName.default('quick').describe(
      'quick: baseline 15, idle 10, warm-up 5, window 20, cool-down 5 s, one run each, never ranked. standard: 60, 60, 30, 240, 30 s, six runs each.',
    ),
    baseline: seconds('Measuring the machine before anything is deployed'),
    idle: seconds('Measuring with the workload deployed and no load'),
    warm_up: pause('Load before the first window'),
    window: seconds('Length of one measuring window'),
    cool_down: pause('Recording goes on after the last window'),
    windows: z.number().int().min(1).max(100).default(1).describe('Measuring windows in one run.'),
    repetitions: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("Whole runs of each workload on each target. Default: the profile's."),
    order: z
      .enum(['random', 'file'])
      .default('random')
      .describe(
        'random: drawn from the seed, every repetition holds each workload and target once. file: as written.',
      ),
    seed: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(1)
      .describe('Seed of the order and of generated data.'),
    retries: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'How often a run that is invalid, or lost the connection to its host or cluster, is repeated.',
      ),
  })
  .describe('How every run goes.')

const DeploySection = z
  .strictObject({
    install: z
      .enum(['allow', 'never'])
      .default('never')
      .describe(
        "allow: missing programs are installed from the host's distribution (needs root or become). never: a workload that lacks one is skipped.",
      ),
    purge: z.boolean().default(false).describe('Remove what was installed after the run; only that.'),
  })
  .describe('How workloads get what they need.')

const LocalTarget = z
  .strictObject({
    id: Id.describe('Name of the target in plan, archive and report.'),
    kind: z.literal('local').describe('This machine.'),
    become: z
      .enum(['none', 'sudo'])
      .default('none')
      .describe('How to become root where a sensor or an installation needs it.'),
    become_password: SecretSection.optional().describe(
      "sudo's password, by reference, where sudo asks for one.",
    ),
    assume: AssumeSection.optional(),
  })
  .describe('The machine that Joulemark runs on; it has one host called `local`.')

const SshTarget = z
  .strictObject({
    id: Id.describe('Name of the target in plan, archive and report.'),
    kind: z.literal('ssh').describe('Hosts reached over SSH.'),
    become: z
      .enum(['none', 'sudo'])
      .default('none')
      .describe('How to become root where a sensor or an installation needs it.'),
    become_password: SecretSection.optional().describe(
      "sudo's password, by reference, where sudo asks for one.",
    ),
    hosts: z
      .record(Id, HostSection)
      .refine(hosts => Object.keys(hosts).length > 0, 'at least one host')
      .describe('Hosts by the name they have in plan, archive and report; addresses stay out of those.'),
    roles: z
      .strictObject({
        sut: Id.describe('Host under test.'),
        loadgen: Id.optional().describe('Host that makes the load. Default: the host under test.'),
      })
      .optional()
      .describe('Which host does what. May be left out with a single host.'),
  })
  .describe('Hosts reached over SSH.')

/** It is kept in the archive's folder as it is, so nothing secret may be in it. What is no URL at all is told elsewhere. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password } = new URL(text)
  return username === '' && password === '' && !/[?#@]/.test(text)
}

const InfluxSection = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL, such as http://127.0.0.1:8086' })
      .refine(
        isPlainUrl,
        'holds a user, a password, a query or a fragment; give the token by reference (influx.token)',
      )
      .describe('Address of InfluxDB 2.'),
    org: Line.describe('Organisation.'),
    bucket: Line.describe('Bucket; must exist.'),
    token: SecretSection.describe('Token with write access, by reference.'),
  })
  .describe('Where points are sent besides the archive. Without it the archive alone is used.')

const workloadSection = (workload: WorkloadSchema) =>
  z
    .strictObject({
      id: z.literal(workload.id).describe(workload.title),
      label: Id.optional().describe('Tells two entries of one workload apart: its key is then id-label.'),
      params: workload.params
        .prefault({})
        .describe('Parameters of the workload; what is left out gets its default.'),
      targets: z.array(Id).min(1).optional().describe('Targets it runs on. Default: all.'),
    })
    .describe(workload.title)

type WorkloadSection = ReturnType<typeof workloadSection>

/**
 * The campaign file, joulemark/v1, for these workloads and collectors: their ids are the allowed ones, and every workload's parameters are
 * checked by its own schema. At least one workload and one collector.
 */
export function campaignFile(o: {
  readonly workloads: Iterable<WorkloadSchema>
  readonly collectors: Iterable<string>
  readonly meters: Iterable<MeterSchema>
}) {
  const sections = [...o.workloads].map(workloadSection) as [WorkloadSection, ...WorkloadSection[]]
  const meters = [...o.meters].map(meterSection) as unknown as [z.ZodObject, ...z.ZodObject[]]
  return z
    .strictObject({
      schema: z.literal('joulemark/v1').describe('Version of this format.'),
      name: Id.describe('Short name; the campaign id begins with it.'),
      title: Line.optional().describe('Title of the report. Default: the name.'),
      zone: z
        .string()
        .refine(isZone, 'is not a time zone. Allowed: IANA names such as Europe/Berlin or UTC')
        .default('UTC')
        .describe('Time zone (IANA) that the report shows beside UTC.'),
      protocol: ProtocolSection.prefault({}),
      collectors: z
        .strictObject({
          rate: z.number().min(0.1).max(10).default(1).describe('Readings per second.'),
          use: z
            .array(z.enum([...o.collectors]))
            .min(1)
            .optional()
            .describe('Collectors to record. Default: all.'),
          buffer: z
            .strictObject({
              tmpfs_mib: z
                .number()
                .positive()
                .max(65_536)
                .default(64)
                .describe('Memory (tmpfs) for recordings, MiB.'),
              disk_mib: z
                .number()
                .nonnegative()
                .max(1_048_576)
                .default(512)
                .describe('Then disk, MiB; a full buffer ends the recording and makes the run invalid.'),
            })
            .prefault({})
            .describe('Bound of what a recorder may keep on a host until it is fetched.'),
        })
        .prefault({})
        .describe('What is recorded on every host.'),
      deploy: DeploySection.prefault({}),
      targets: z
        .array(z.discriminatedUnion('kind', [LocalTarget, SshTarget, KubernetesTarget]))
        .min(1)
        .max(1000)
        .describe('Places to measure.'),
      workloads: z.array(z.discriminatedUnion('id', sections)).min(1).max(1000).describe('Tasks to measure.'),
      meters: (z.array(z.discriminatedUnion('kind', meters)) as unknown as z.ZodType<MeterSection[]>)
        .optional()
        .describe(
          'Meters of power and energy that are asked over a network, beside what hosts record themselves.',
        ),
      influx: InfluxSection.optional(),
    })
    .describe('A campaign of Joulemark')
}
export type CampaignFileSchema = ReturnType<typeof campaignFile>
export type CampaignFile = z.output<CampaignFileSchema>
export type TargetSection = CampaignFile['targets'][number]
