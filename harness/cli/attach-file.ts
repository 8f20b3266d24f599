import { createHash } from 'node:crypto'
import { access, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CampaignArchive, RunArchive } from '../../results/archive/archive.ts'
import {
  alreadyAttached,
  notSealed,
  readAttachment,
  writeAttachment,
} from '../../results/archive/attachments.ts'
import { nodeFs } from '../../results/archive/node-fs.ts'
import { insidePath, isMissing } from '../../results/archive/paths.ts'
import { readChunks } from '../../results/archive/read-file.ts'
import { deriveCampaign, writeDerived } from '../../results/derive/derive.ts'
import { type FormatId, formats } from '../../results/report/registry.ts'
import { type Attachment, FileFlaw } from '../model/attachment.ts'
import { JoulemarkError } from '../model/error.ts'
import { type FileReader, type FileRow, MeterReading, type PlannedMeter } from '../model/meter.ts'
import { meterKindOf } from './compose.ts'
import { derivedFolder, deriveParts, openIntact, writeReport } from './derive-results.ts'
import { findClock, powerRows } from './find-clock.ts'
import { toolVersion } from './version.ts'

/** Of the file, bytes: three days at ten rows a second. */
const MOST_FILE = 256 << 20
/** Of one run, as text; a reader takes 64 MiB. */
const MOST_RUN = 48 << 20
/** What is kept of the file before a run's first phase and after its last, in intervals: edges are between two rows. */
const AROUND = 4

export interface Attached {
  readonly attachment: Attachment
  /** Runs that the file has no row of. */
  readonly without: readonly string[]
  /** Files that were made again. */
  readonly remade: readonly string[]
}

/**
 * Brings a meter's file into a campaign that has come to its end. Everything is read and checked before anything is written.
 * @throws JoulemarkError exit `usage` where the file is wrong, with line and column
 */
export async function attachFile(
  dir: string,
  file: string,
  o: { readonly meter: string; readonly replace: boolean },
): Promise<Attached> {
  const archive = await openIntact(dir)
  if (!(await archive.sealed())) throw notSealed(archive.dir)
  const meter = await meterOf(archive, o.meter)
  if (!o.replace && (await readAttachment(archive.dir, meter.id)) !== null)
    throw alreadyAttached(meter.id, archive.dir)
  const spans = await spansOf(archive, meter)
  const clock = await clockOf(archive, meter, file)
  const { source, kept } = await readRows(file, { meter, spans, clock })
  const runs = new Map(
    [...kept].flatMap(([run, { lines }]) =>
      lines.length === 0 ? [] : [[run, { readings: lines.length, text: lines.join('') }] as const],
    ),
  )
  if (runs.size === 0) throw beside(file, source, spans)
  const attachment = await writeAttachment(nodeFs, archive.dir, {
    about: { tool: toolVersion(), meter: meter.id, source, clock },
    runs,
    replace: o.replace,
  })
  return {
    attachment,
    without: spans.map(({ run }) => run).filter(run => !runs.has(run)),
    remade: await remake(archive),
  }
}

async function meterOf(archive: CampaignArchive, id: string): Promise<PlannedMeter> {
  const meters = (await archive.plan()).meters ?? []
  const ours = meters.filter(meter => meterKindOf(meter).reader !== undefined)
  const found = ours.find(meter => meter.id === id)
  if (found !== undefined) return found
  throw new JoulemarkError({
    code: 'meter-unknown',
    exit: 'usage',
    message: meters.some(meter => meter.id === id)
      ? `meter ${id} of this campaign was asked while runs were measured; it has no file`
      : `the campaign has no meter ${id}`,
    hint:
      ours.length === 0
        ? 'a meter whose file is attached is named in the campaign file before the campaign: kind csv'
        : `meters whose files can be attached: ${ours.map(meter => meter.id).join(', ')}`,
  })
}

interface Span {
  readonly run: string
  /** Controller's time, µs. */
  readonly from: number
  readonly to: number
}

/** Of every run whose target the meter feeds, with room for the rows on either side. */
async function spansOf(archive: CampaignArchive, meter: PlannedMeter): Promise<readonly Span[]> {
  const room = AROUND * meter.seconds * 1e6
  const spans: Span[] = []
  for (const run of await archive.runs()) {
    const span = await spanOf(run, meter)
    if (span !== null) spans.push({ run: run.id, from: span.from - room, to: span.to + room })
  }
  return spans
}

async function spanOf(run: RunArchive, meter: PlannedMeter): Promise<Omit<Span, 'run'> | null> {
  const record = await run.record()
  if (record === null || record.phases.length === 0) return null
  if (!meter.behind.some(({ target }) => target === record.target)) return null
  return {
    from: Math.min(...record.phases.map(({ start }) => start)),
    to: Math.max(...record.phases.map(({ end }) => end)),
  }
}

interface Kept {
  readonly span: Span
  readonly lines: string[]
  bytes: number
}

type Source = Attachment['source']

/** Reads a file whole. @returns its bytes and their hash */
async function eachRow(
  file: string,
  reader: FileReader,
  take: (row: FileRow) => void,
): Promise<{ readonly bytes: number; readonly sha512: string }> {
  const hash = createHash('sha512')
  let bytes = 0
  try {
    for await (const chunk of readChunks(await regular(file))) {
      bytes += chunk.byteLength
      hash.update(chunk)
      if (bytes > MOST_FILE)
        throw refused(file, `it is larger than ${MOST_FILE >> 20} MiB: attach the part that is of the runs`)
      for (const row of reader.push(chunk)) take(row)
    }
    for (const row of reader.end()) take(row)
  } catch (error) {
    if (error instanceof FileFlaw) throw flawed(file, error)
    throw error
  }
  return { bytes, sha512: hash.digest('hex') }
}

function readerOf(meter: PlannedMeter): FileReader {
  const reader = meterKindOf(meter).reader?.(meter.settings, meter.seconds)
  if (reader === undefined) throw new Error(`meter ${meter.id} has no reader`)
  return reader
}

/** As the plan gives it, or found in the file itself. */
async function clockOf(
  archive: CampaignArchive,
  meter: PlannedMeter,
  file: string,
): Promise<Attachment['clock']> {
  const reader = readerOf(meter)
  const { offset, doubt } = reader.clock
  if (offset !== null) return { offset, doubt, by: 'given', explained: null }
  const power = powerRows(meterKindOf(meter).bind(meter.settings))
  await eachRow(file, reader, row => power.add(row))
  const found = await findClock(archive, meter, power.rows)
  if ('why' in found)
    throw refused(file, `the offset of its clock can't be found: ${found.why}; is the zone right?`)
  return {
    offset: found.offset,
    doubt: Math.max(doubt, found.doubt),
    by: 'found',
    explained: found.explained,
  }
}

async function readRows(
  file: string,
  o: { readonly meter: PlannedMeter; readonly spans: readonly Span[]; readonly clock: Attachment['clock'] },
): Promise<{ readonly source: Source; readonly kept: ReadonlyMap<string, Kept> }> {
  const { meter, spans, clock } = o
  const kept = new Map(spans.map(span => [span.run, { span, lines: [], bytes: 0 } satisfies Kept]))
  const seen = { rows: 0, first: Number.NaN, last: Number.NaN, gaps: 0, longest: 0 }
  const offset = Math.round(clock.offset * 1e6)
  const read = await eachRow(file, readerOf(meter), ({ at: own, said }) => {
    const at = own - offset
    const since = seen.rows === 0 ? 0 : (at - seen.last) / 1e6
    if (since > 3 * meter.seconds) seen.gaps += 1
    seen.longest = Math.max(seen.longest, since)
    if (seen.rows === 0) seen.first = at
    seen.rows += 1
    seen.last = at
    for (const one of kept.values())
      if (at >= one.span.from && at <= one.span.to) keep(one, { at, said }, clock.doubt, file)
  })
  if (seen.rows === 0) throw refused(file, 'it has no rows')
  // Rows that are missing could not be told from such as come more often than was said.
  const usual = (seen.last - seen.first) / 1e6 / Math.max(1, seen.rows - 1)
  if (seen.rows > 1 && usual < meter.seconds / 1.5)
    throw refused(
      file,
      `its rows are ${Number(usual.toPrecision(2))} s apart, and the campaign file says interval: ${meter.seconds}; a campaign with the right interval is needed`,
    )
  return { source: { ...read, ...seen }, kept }
}

/** A row holds somewhere within its clock's doubt: as one that was asked for that long. */
function keep(kept: Kept, { at, said }: FileRow, doubt: number, file: string): void {
  const half = Math.round(doubt * 1e6)
  const reading = MeterReading.safeParse({ at: at - half, took: 2 * half, said })
  if (!reading.success) throw refused(file, 'a field that is kept is longer than a figure can be')
  const line = `${JSON.stringify(reading.data)}\n`
  kept.bytes += Buffer.byteLength(line)
  if (kept.bytes > MOST_RUN)
    throw refused(
      file,
      `it has more than ${MOST_RUN >> 20} MiB of rows of run ${kept.span.run}: let it write fewer a second`,
    )
  kept.lines.push(line)
}

async function regular(file: string): Promise<string> {
  try {
    const path = await realpath(file)
    if ((await stat(path)).isFile()) return path
  } catch (error) {
    if (isMissing(error)) throw refused(file, 'it does not exist')
    throw error
  }
  throw refused(file, 'it is no regular file')
}

const refused = (file: string, what: string): JoulemarkError =>
  new JoulemarkError({
    code: 'file-refused',
    exit: 'usage',
    message: `${file}: ${what}`,
    place: { file },
    hint: 'nothing was attached',
  })

const flawed = (file: string, { message, line, column }: FileFlaw): JoulemarkError =>
  new JoulemarkError({
    code: 'file-refused',
    exit: 'usage',
    message: `${file}, line ${line}${column === undefined ? '' : `, column ${column}`}: ${message}`,
    place: { file, line, ...(column === undefined ? {} : { column }) },
    hint: 'nothing was attached; how the file is read stands in the campaign file (docs/meters.md)',
  })

function beside(file: string, { first, last }: Source, spans: readonly Span[]): JoulemarkError {
  const day = (micros: number): string => new Date(micros / 1000).toISOString()
  const runs =
    spans.length === 0
      ? 'no run was of a host behind it'
      : `the runs lasted from ${day(Math.min(...spans.map(one => one.from)))} to ${day(Math.max(...spans.map(one => one.to)))}`
  return refused(
    file,
    `it has rows from ${day(first)} to ${day(last)}, and ${runs}; are zone and clock right?`,
  )
}

/** Result and reports that are there are of what was known before. */
async function remake(archive: CampaignArchive): Promise<readonly string[]> {
  const folder = derivedFolder(archive.dir)
  const below = folder.slice(archive.dir.length + 1)
  const isThere = async (path: string): Promise<boolean> =>
    access(await insidePath(archive.dir, `${below}/${path}`)).then(
      () => true,
      () => false,
    )
  const result = await deriveCampaign(archive, deriveParts())
  const remade = (await isThere('result.json')) ? [await writeDerived(archive, result)] : []
  const there: FormatId[] = []
  for (const format of ['csv', 'html', 'json', 'md', 'png'] as const) {
    if (!(await isThere('report'))) break
    const files = await formats[format].render(result)
    for (const { path } of files)
      if (!there.includes(format) && (await isThere(`report/${path}`))) there.push(format)
  }
  return [...remade, ...(await writeReport(join(folder, 'report'), result, there))]
}
