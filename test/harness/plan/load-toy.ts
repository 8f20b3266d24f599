import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { type LoadedCampaign, loadCampaign } from '../../../harness/plan/load.ts'
import { toyCollectors, toyWorkloads } from './toy-registries.ts'

const folder = fileURLToPath(new URL('../../fixtures/campaign-files/', import.meta.url))

/** Loads a text as `campaign.yaml` with the toy registries. */
export const loadText = (
  text: string,
  env: Record<string, string> = {},
  file = 'campaign.yaml',
): Promise<LoadedCampaign> =>
  loadCampaign({
    text,
    file,
    workloads: toyWorkloads,
    collectors: toyCollectors,
    meters: meterKinds,
    env,
    home: '/home/somebody',
    uid: process.getuid?.() ?? null,
    toolVersion: '0.0.1',
  })

export const fixture = (name: string): Promise<string> => readFile(`${folder}${name}`, 'utf8')

/** The problems of a file, as a reader sees them: `line:column path: message`. */
export async function problemsOf(text: string, env: Record<string, string> = {}): Promise<readonly string[]> {
  const error = await loadText(text, env).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof JoulemarkError))
    throw new Error('this file should have been refused', { cause: error })
  return error.problems.map(p => `${p.place.line}:${p.place.column} ${p.place.path ?? ''}: ${p.message}`)
}
