import { JoulemarkError } from '../../harness/model/error.ts'
import type { GroupResult, Result } from '../../harness/model/result.ts'
import type { Comparison, Pair, Refusal } from './comparison.ts'
import { keyDifferences } from './keys.ts'
import { pairOf } from './pair.ts'

interface Named {
  readonly name: string
  readonly result: Result
}

interface NamedGroup {
  readonly name: string
  readonly result: Result
  readonly group: GroupResult
}

/**
 * Compares every campaign with the first one, keys first. Groups of one workload are put together; where campaigns have targets of the
 * same name, those are put together, else each with each. Pure.
 * @throws RangeError for fewer than two results
 * @throws JoulemarkError `same-campaign`: a copy is not a second measurement
 */
export function compareResults(results: readonly Named[]): Comparison {
  const [first, ...others] = results
  if (first === undefined || others.length === 0) throw new RangeError('a comparison needs two campaigns')
  refuseCopies(results)
  const pairs: Pair[] = []
  const refusals: Refusal[] = []
  for (const other of others) {
    for (const [a, b] of counterparts(first, other)) {
      const differences = keyDifferences(a.group.workKey, b.group.workKey)
      if (differences.length === 0) pairs.push(pairOf(a, b))
      else refusals.push({ workload: a.group.workload, a: whoOf(a), b: whoOf(b), differences })
    }
  }
  return {
    schema: 'joulemark/comparison/1',
    campaigns: results.map(({ name, result }) => ({
      name,
      id: result.campaign.id,
      title: result.campaign.title,
      tool: result.tool,
      planDigest: result.campaign.planDigest,
    })),
    refused: refusals.length > 0 || pairs.length === 0,
    refusals,
    missing: missing(results),
    pairs,
  }
}

/** Copies of one campaign would pass for two samples, and their spread for that of independent ones. */
function refuseCopies(results: readonly Named[]): void {
  for (const [i, { name, result }] of results.entries()) {
    const earlier = results.slice(0, i).find(other => other.result.campaign.id === result.campaign.id)
    if (earlier === undefined) continue
    throw new JoulemarkError({
      code: 'same-campaign',
      exit: 'usage',
      message: `${earlier.name} and ${name} are the same campaign, ${result.campaign.id}`,
      hint: 'a copy is not a second measurement: compare with another campaign',
    })
  }
}

const whoOf = ({ name, group }: NamedGroup): Refusal['a'] => ({ name, target: group.target })

function counterparts(a: Named, b: Named): [NamedGroup, NamedGroup][] {
  return workloads([a])
    .filter(workload => workloads([b]).includes(workload))
    .flatMap(workload => byTarget(groups(a, workload), groups(b, workload)))
}

/** Targets of the same name belong together; of the others each may be asked about with each. */
function byTarget(a: readonly NamedGroup[], b: readonly NamedGroup[]): [NamedGroup, NamedGroup][] {
  const target = (g: NamedGroup): string => g.group.target
  const named = a.flatMap((left): [NamedGroup, NamedGroup][] => {
    const right = b.find(other => target(other) === target(left))
    return right === undefined ? [] : [[left, right]]
  })
  if (named.length > 0) return named
  return a.flatMap(left => b.map((right): [NamedGroup, NamedGroup] => [left, right]))
}

const groups = ({ name, result }: Named, workload: string): NamedGroup[] =>
  result.groups.filter(group => group.workload === workload).map(group => ({ name, result, group }))

const workloads = (results: readonly Named[]): string[] => [
  ...new Set(results.flatMap(({ result }) => result.groups.map(group => group.workload))),
]

const missing = (results: readonly Named[]): Comparison['missing'] =>
  workloads(results).flatMap(workload =>
    results.filter(one => groups(one, workload).length === 0).map(({ name }) => ({ workload, name })),
  )
