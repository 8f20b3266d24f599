import { type Batch, READING, type ReadingState } from '../../harness/model/batch.ts'
import type { Reading, ReadingParser } from '../../harness/model/collector.ts'
import type { Finding } from '../../harness/model/finding.ts'
import { append, type Columns, newColumns, takeBatches } from './columns.ts'
import { advance, type Counter, newCounter } from './counter.ts'
import type { FieldShape, Row, Shape } from './shape.ts'
import { newSourceErrors } from './source-errors.ts'
import { textOf, Unreadable } from './text.ts'

/** How the text of one source becomes rows. */
export interface TextSource {
  readonly shape: Shape
  /** Pure. @throws Unreadable when the text is not what the kernel writes */
  readonly read: (text: string, at: Reading) => readonly Row[]
}

interface Group {
  readonly columns: Columns
  readonly counters: readonly Counter[]
  readonly fields: readonly FieldShape[]
  /** Number of the reading in which it was last seen. */
  seen: number
}

/** Beyond this, instances of one source are left out with a finding: no machine has as many cores, disks or interfaces. */
const MAX_INSTANCES = 8192

/**
 * The parser of collectors whose sources are short text files.
 *
 * A source that can't be read gives one reading of state error (absent for ENOENT and ENODEV: the file, or the cgroup behind the open
 * descriptor, is gone) for every series it has had so far. An instance that is no longer in a file (a CPU taken offline, a disk
 * removed) is absent from then on. Memory is bounded by the number of instances and the time between two drains.
 */
export function textParser(
  who: { readonly collector: string; readonly host: string },
  sourceOf: (id: string) => TextSource | null,
): ReadingParser {
  const sources = new Map<
    string,
    { readonly text: TextSource | null; readonly groups: Map<string, Group>; count: number }
  >()
  const errors = newSourceErrors(who)

  const groupOf = (
    groups: Map<string, Group>,
    shape: Shape,
    instance: string,
    source: string,
  ): Group | null => {
    const known = groups.get(instance)
    if (known !== undefined) return known
    if (groups.size >= MAX_INSTANCES) {
      errors.note(source, `more than ${MAX_INSTANCES} instances`)
      return null
    }
    const group = newGroup(who, shape, instance)
    groups.set(instance, group)
    return group
  }

  const push = (reading: Reading): void => {
    const { source } = reading
    const of = sources.get(source) ?? { text: sourceOf(source), groups: new Map<string, Group>(), count: 0 }
    sources.set(source, of)
    of.count += 1
    if (of.text === null) return errors.note(source, 'not a source of this collector')
    const rows = rowsOf(reading, of.text)
    if ('state' in rows) {
      if (rows.state === READING.error) errors.note(source, rows.reason)
      for (const group of of.groups.values()) append(group.columns, reading, () => ({ state: rows.state }))
      return
    }
    for (const row of rows) {
      const group = groupOf(of.groups, of.text.shape, row.instance, source)
      if (group === null || group.seen === of.count) continue
      group.seen = of.count
      append(group.columns, reading, index => cell(group, index, row.values[index] ?? null))
    }
    for (const group of of.groups.values()) {
      if (group.seen !== of.count) append(group.columns, reading, () => ({ state: READING.absent }))
    }
  }

  const groups = (): Group[] => [...sources.values()].flatMap(of => [...of.groups.values()])
  return {
    push,
    drain: (): Batch[] => groups().flatMap(group => takeBatches(group.columns)),
    findings: () => [...groups().flatMap(group => counterFindings(who, group)), ...errors.findings()],
  }
}

function newGroup(
  who: { readonly collector: string; readonly host: string },
  shape: Shape,
  instance: string,
): Group {
  const counters = shape.fields.map(newCounter)
  const series = shape.fields.map(({ field, unit, kind, modulus }) => ({
    measurement: shape.measurement,
    field,
    unit,
    kind,
    host: who.host,
    source: who.collector,
    instance,
    ...(modulus === undefined ? {} : { wrapsAt: modulus }),
  }))
  return {
    columns: newColumns(series, index => counters[index]?.base ?? '0'),
    counters,
    fields: shape.fields,
    seen: 0,
  }
}

type Failed = { readonly state: ReadingState; readonly reason: string }

function rowsOf(reading: Reading, source: TextSource): readonly Row[] | Failed {
  if (reading.bytes === null) {
    const errno = reading.error ?? 'unknown'
    return { state: errno === 'ENOENT' || errno === 'ENODEV' ? READING.absent : READING.error, reason: errno }
  }
  try {
    return source.read(textOf(reading.bytes), reading)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { state: READING.error, reason: 'not readable as text of the kernel' }
  }
}

function cell(
  group: Group,
  index: number,
  raw: Row['values'][number],
): { value: number } | { state: ReadingState } {
  const field = group.fields[index]
  const counter = group.counters[index]
  if (raw === null || field === undefined || counter === undefined) return { state: READING.absent }
  if (raw === 'error') return { state: READING.error }
  if (field.kind === 'gauge') return { value: Number(raw) }
  const value = advance(counter, raw, field)
  return value === null ? { state: READING.error } : { value }
}

/** One finding per series that wrapped or was reset. */
function counterFindings(
  who: { readonly collector: string; readonly host: string },
  group: Group,
): Finding[] {
  return group.columns.series.flatMap((series, index) => {
    const counter = group.counters[index]
    if (counter === undefined) return []
    const found = (code: 'COUNTER_WRAP' | 'COUNTER_RESET', times: number): Finding[] =>
      times === 0
        ? []
        : [{ code, ...who, values: { ...who, instance: series.instance, field: series.field, times } }]
    return [...found('COUNTER_WRAP', counter.wraps), ...found('COUNTER_RESET', counter.resets)]
  })
}
