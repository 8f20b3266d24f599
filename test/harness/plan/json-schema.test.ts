import { expect, test } from 'vitest'
import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { campaignJsonSchema } from '../../../harness/plan/json-schema.ts'
import { toyCollectors, toyWorkloads } from './toy-registries.ts'

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly oneOf?: readonly Node[]
  readonly anyOf?: readonly Node[]
  readonly enum?: readonly string[]
  readonly default?: unknown
}

const schema = JSON.parse(
  campaignJsonSchema({
    workloads: toyWorkloads.values(),
    collectors: toyCollectors.keys(),
    meters: meterKinds.values(),
  }),
) as Node

function* undescribed(node: Node, path: string): Generator<string> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const insideParams = path.includes('.params')
    if (child.description === undefined && !insideParams) yield `${path}.${key}`
    yield* undescribed(child, `${path}.${key}`)
  }
  const inner = [
    node.items,
    ...(node.oneOf ?? []),
    ...(node.anyOf ?? []),
    typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined,
  ]
  for (const child of inner) if (child !== undefined) yield* undescribed(child, path)
}

test('every key of the campaign file is described for editors', () => {
  expect([...undescribed(schema, '')]).toEqual([])
})

test('editors can complete collectors, workloads and their parameters', () => {
  expect(schema.properties?.['collectors']?.properties?.['use']?.items?.enum).toEqual([
    'cpu',
    'memory',
    'disk',
  ])
  const params = schema.properties?.['workloads']?.items?.oneOf?.[0]?.properties?.['params']
  expect(Object.keys(params?.properties ?? {})).toEqual(['rate', 'mix'])
  expect(params?.properties?.['rate']).toMatchObject({ minimum: 1, maximum: 10_000, default: 100 })
})
