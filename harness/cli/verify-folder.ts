import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { requireIntact, type SealReport } from '../../results/archive/check-seal.ts'
import { insidePath } from '../../results/archive/paths.ts'
import { MAX_BYTES, readBytes } from '../../results/archive/read-file.ts'
import { formats } from '../../results/report/registry.ts'
import { canonicalJson, type Json } from '../model/json.ts'
import type { Result } from '../model/result.ts'
import { planDigest } from '../plan/digest.ts'
import { derivedBelow, resultOf } from './derive-results.ts'

/** A derived file beside what is made anew. */
export interface Remade {
  /** Relative to the campaign's folder. */
  readonly file: string
  readonly equal: boolean
}

export interface Verification {
  readonly seal: SealReport
  /** The plan has the digest that it says. */
  readonly planHolds: boolean
  /** Files of derived/<this version>/ that are there; others can't be judged by this version. */
  readonly remade: readonly Remade[]
  readonly sound: boolean
}

/**
 * Checks the hashes of a campaign, makes everything again from raw, and holds it against what is there.
 * @throws JoulemarkError exit `corrupt`, naming each file whose hash does not hold, or a derived one that is no regular file or beyond all size
 */
export async function verifyFolder(dir: string): Promise<Verification> {
  const seal = await requireIntact(dir)
  const { archive, result } = await resultOf(dir)
  const plan = await archive.plan()
  const planHolds = planDigest(plan) === plan.digest
  const remade: Remade[] = []
  for await (const one of remake(dir, result)) remade.push(one)
  return { seal, planHolds, remade, sound: planHolds && remade.every(one => one.equal) }
}

async function* remake(dir: string, result: Result): AsyncGenerator<Remade> {
  const root = resolve(dir)
  const read = async (file: string): Promise<Buffer | null> =>
    readBytes(await insidePath(root, file), MAX_BYTES.derived)
  const folder = derivedBelow()
  const stored = await read(`${folder}/result.json`)
  if (stored !== null) yield { file: `${folder}/result.json`, equal: sameJson(stored, result) }
  if (!(await exists(await insidePath(root, `${folder}/report`)))) return
  for (const format of Object.values(formats)) {
    for (const { path, content } of await format.render(result)) {
      const file = `${folder}/report/${path}`
      const present = await read(file)
      if (present !== null) yield { file, equal: Buffer.from(content).equals(present) }
    }
  }
}

function sameJson(stored: Buffer, result: Result): boolean {
  try {
    return canonicalJson(JSON.parse(stored.toString('utf8'))) === canonicalJson(result as unknown as Json)
  } catch {
    return false
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
