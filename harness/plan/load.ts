import { dirname, resolve } from 'node:path'
import type { Collector } from '../model/collector.ts'
import type { InfluxConnection, MeterConnection, TargetConnection } from '../model/connection.ts'
import { JoulemarkError, type Problem } from '../model/error.ts'
import type { MeterKind } from '../model/meter.ts'
import type { Plan } from '../model/plan.ts'
import type { Workload } from '../model/workload.ts'
import { readCertificates } from './certificates.ts'
import { clusterFlaws } from './cluster-flaws.ts'
import { resolveConnections, resolveInflux } from './connections.ts'
import { parseSource } from './document.ts'
import { type CampaignImage, campaignImages } from './images.ts'
import { withIncluded } from './included.ts'
import { type Flaw, flawsOf, toProblems } from './issues.ts'
import { resolveMeters } from './meters.ts'
import { publicText } from './public-text.ts'
import { referenceFlaws } from './references.ts'
import { cells, resolvePlan } from './resolve.ts'
import { type CampaignFile, campaignFile } from './schema.ts'
import { secretFlaws } from './secrets.ts'

export interface LoadRequest {
  /** Content of the campaign file. */
  readonly text: string
  /** Its path, as the user wrote it: shown in messages, and relative paths in it start at its folder. */
  readonly file: string
  readonly workloads: ReadonlyMap<string, Workload>
  readonly collectors: ReadonlyMap<string, Collector>
  readonly meters: ReadonlyMap<string, MeterKind>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** User id that must own files of secrets; null: not checked. */
  readonly uid: number | null
  readonly toolVersion: string
}

export interface LoadedCampaign {
  readonly plan: Plan
  readonly connections: ReadonlyMap<string, TargetConnection>
  readonly influx: InfluxConnection | null
  readonly meters: ReadonlyMap<string, MeterConnection>
  /** Images that pods run; empty without a cluster. */
  readonly images: readonly CampaignImage[]
  /** What data/campaign.yaml gets: the file without identities. */
  readonly publicText: string
}

/** Runs are numbered with four digits. */
const MAX_RUNS = 9999

/**
 * Reads and checks a campaign file. Connects to nothing and reads no secret.
 * @throws JoulemarkError `campaign-invalid` (exit `usage`) with all problems at once, each with file, line, column, path and what is allowed;
 * YAML syntax errors come alone, and so do files that it names and that can't be read.
 */
export async function loadCampaign(o: LoadRequest): Promise<LoadedCampaign> {
  const folders = { folder: dirname(resolve(o.file)), home: o.home }
  const alone = parseSource(o.text, o.file)
  const source = alone.ok ? await withIncluded(alone.document, { ...folders, kinds: o.meters }) : alone
  if (!source.ok) throw invalid(o.file, source.problems)
  const schema = campaignFile({
    workloads: o.workloads.values(),
    collectors: o.collectors.keys(),
    meters: o.meters.values(),
  })
  const { value } = source.document
  const flaws: Flaw[] = [
    ...flawsOf(schema, value),
    ...referenceFlaws(value),
    ...(await secretFlaws(value, { ...folders, env: o.env, uid: o.uid })),
  ]
  if (flaws.length > 0) throw invalid(o.file, toProblems(flaws, source.document))
  const file = schema.parse(value)
  const certificates = await readCertificates(file, folders, o.meters)
  const late = [
    countFlaw(file) ?? [],
    clusterFlaws(file, o.workloads),
    sourceFlaws(file, [...o.collectors.keys()]),
    certificates.flaws,
  ].flat()
  if (late.length > 0) throw invalid(o.file, toProblems(late, source.document))
  return {
    plan: resolvePlan(file, {
      workloads: o.workloads,
      collectors: [...o.collectors.keys()],
      meters: o.meters,
      certificates: certificates.cited,
      toolVersion: o.toolVersion,
    }),
    connections: resolveConnections(file, folders),
    influx: resolveInflux(file, folders),
    meters: resolveMeters(file, folders, o.meters),
    images: campaignImages(file),
    publicText: publicText(file),
  }
}

/** Source of the power model's figures; results/analyse calls it so. */
const MODEL = 'power-model'

/** Sources of energy are told apart by their names. */
function sourceFlaws(file: CampaignFile, collectors: readonly string[]): readonly Flaw[] {
  return (file.meters ?? []).flatMap(({ id }, i) =>
    id === MODEL || collectors.includes(id)
      ? [
          {
            code: 'duplicate-name',
            path: ['meters', i, 'id'],
            part: 'value' as const,
            message: `${JSON.stringify(id)}: ${id === MODEL ? 'the power model' : 'a collector'} has this name; give the meter another`,
          },
        ]
      : [],
  )
}

function countFlaw(file: CampaignFile): Flaw | null {
  const repetitions = file.protocol.repetitions ?? 1
  const runs = cells(file).length * repetitions
  if (runs <= MAX_RUNS) return null
  return {
    code: 'too-many-runs',
    path: ['protocol', 'repetitions'],
    part: 'value',
    message: `makes ${runs} runs. Allowed: at most ${MAX_RUNS} in one campaign`,
  }
}

function invalid(file: string, problems: readonly Problem[]): JoulemarkError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  return new JoulemarkError({
    code: 'campaign-invalid',
    exit: 'usage',
    message: `${file} has ${count}`,
    place: { file },
    problems,
    hint: 'Nothing was started.',
  })
}
