import { join } from 'node:path'
import type { Batch } from '../../../harness/model/batch.ts'
import type { RunRecord } from '../../../harness/model/run.ts'
import type { ArchiveFs, CampaignArchive } from '../../../results/archive/archive.ts'
import { createCampaign, openCampaign } from '../../../results/archive/node-archive.ts'
import { plan } from '../../results/archive/plan-fixture.ts'
import { syntheticBatches } from './synthetic-host.ts'

export const START = 1_780_000_000_000_000

/** A campaign with complete runs of synthetic readings (2 cores, so many ticks) and one aborted run. */
export async function campaignWithRuns(dir: string, runs: number, fs?: ArchiveFs): Promise<CampaignArchive> {
  await createCampaign(join(dir, 'probe-1'), { plan, campaignText: 'schema: joulemark/v1\n' })
  const archive = await openCampaign(join(dir, 'probe-1'), fs === undefined ? {} : { fs })
  for (let number = 1; number <= runs; number += 1) await addRun(archive, number, 'complete')
  return archive
}

export const runName = (number: number): string =>
  `${String(number).padStart(4, '0')}-here-idle-r${number}-a1`

/** Record of a run with a baseline and a window. */
export function runRecord(number: number, outcome: RunRecord['outcome']): RunRecord {
  const start = startOf(number)
  return {
    schema: 'joulemark/run/1',
    id: runName(number),
    tool: '0.1.0',
    number,
    target: 'here',
    workload: 'idle',
    repetition: number,
    attempt: 1,
    outcome,
    phases: [
      { name: 'baseline', index: 0, start, end: start + 5_000_000 },
      { name: 'window', index: 0, start: start + 5_000_000, end: start + 9_000_000 },
    ],
    recordings: [],
    services: [],
    collectors: [],
    tools: [],
    workFiles: [],
    loadExit: null,
    findings: [],
    error: null,
  }
}

export async function addRun(
  archive: CampaignArchive,
  number: number,
  outcome: RunRecord['outcome'],
): Promise<void> {
  await archive.run(runName(number)).write('run.json', JSON.stringify(runRecord(number, outcome)))
}

export const startOf = (number: number): number => START + number * 3_600_000_000

/** The same readings at every call, as an archive gives them. */
export const batchesOf =
  (ticks: number) =>
  (runId: string): AsyncIterable<readonly Batch[]> =>
    syntheticBatches({ host: 'web', cores: 2, ticks, start: startOf(Number(runId.slice(0, 4))) })
