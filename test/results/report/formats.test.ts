import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Result } from '../../../harness/model/result.ts'
import { allCharts } from '../../../results/report/charts/all-charts.ts'
import { formats } from '../../../results/report/registry.ts'
import { sampleResult } from './support/sample-result.ts'

async function textOf(id: keyof typeof formats, result: Result): Promise<string> {
  const files = await formats[id].render(result)
  return files.map(f => (typeof f.content === 'string' ? f.content : '')).join('\n')
}

test('every format has its file, and the registry is sorted', async () => {
  const files = (await readdir(path.resolve(import.meta.dirname, '../../../results/report'))).map(f =>
    f.replace(/\.ts$/, ''),
  )
  const ids = Object.keys(formats)
  expect(ids).toEqual([...ids].sort())
  for (const id of ids) expect(files).toContain(id)
})

test.each(Object.keys(formats) as (keyof typeof formats)[])(
  '%s: equal results give equal bytes, whatever the time zone of the machine',
  async id => {
    const before = process.env['TZ']
    const once = await formats[id].render(sampleResult())
    process.env['TZ'] = 'Pacific/Kiritimati'
    const again = await formats[id].render(sampleResult())
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
    expect(again.map(f => Buffer.from(f.content).toString('base64'))).toEqual(
      once.map(f => Buffer.from(f.content).toString('base64')),
    )
  },
)

test('no joule without its source kind and class, in any text format', async () => {
  for (const id of ['html', 'md', 'csv'] as const) {
    const text = await textOf(id, sampleResult())
    expect(text).toContain('wall-meter')
    expect(text).toContain('E0')
    expect(text).toContain('share of an assumed host')
  }
})

test('a range is shown as a range and never as its middle', async () => {
  const text = await textOf('md', sampleResult())
  expect(text).toContain('0.60–2.9 kJ / GiB')
  expect(text).not.toContain('1.3 kJ')
  const trace = allCharts(sampleResult()).find(c => c.id.includes('cpu-compress'))
  expect(trace?.config.data.datasets.map(d => d['label'])).not.toContain('web: power, W (power-model)')
})

test('what comes from a campaign is text, never markup', async () => {
  const hostile = '</script><img src=x onerror=alert(1)>|`*'
  const sample = sampleResult()
  const result = {
    ...sample,
    campaign: { ...sample.campaign, title: hostile },
    runs: sample.runs.map(r => ({
      ...r,
      findings: [{ code: 'RECORDER_DIED' as const, host: hostile, values: { reason: hostile } }],
    })),
    groups: sample.groups.map(g => ({ ...g, target: hostile })),
  }
  const page = await textOf('html', result)
  expect(page).not.toContain('<img')
  expect(page.match(/<\/script>/g)).toHaveLength(page.match(/<script/g)?.length ?? -1)
  const md = await textOf('md', result)
  expect(md).not.toMatch(/(?<!\\)<img/)
})

test('a text that a spreadsheet could run is kept from it', async () => {
  const sample = sampleResult()
  const text = await textOf('csv', {
    ...sample,
    groups: sample.groups.map(g => ({ ...g, target: '=cmd|x' })),
  })
  expect(text).toContain("'=cmd|x")
  expect(text).not.toMatch(/(^|,)=cmd/m)
})

test('an absent figure is an empty field, not a zero', async () => {
  const files = await formats.csv.render(sampleResult())
  const lines = String(files.find(f => f.path === 'energy.csv')?.content).split('\r\n')
  const header = lines[0]?.split(',') ?? []
  const rapl = lines.find(l => l.includes('rapl'))?.split(',') ?? []
  expect(rapl[header.indexOf('energy_J')]).toBe('')
  expect(rapl[header.indexOf('energy_absent_because')]).toBe('EDGE_MISSING')
})

test('JSON holds everything, at full precision', async () => {
  const files = await formats.json.render(sampleResult())
  expect(JSON.parse(String(files[0]?.content))).toEqual(sampleResult())
})

test('charts are plain data and carry words and a table', () => {
  const charts = allCharts(sampleResult())
  expect(charts.length).toBeGreaterThan(4)
  for (const chart of charts) {
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart)
    expect(chart.alternative.length).toBeGreaterThan(40)
    expect(chart.table.length).toBeGreaterThan(1)
    expect(new Set(chart.table.map(r => r.length)).size).toBe(1)
    expect(chart.id).toMatch(/^[a-z0-9-]+$/)
  }
})

test('a PNG is drawn, with the font of the package', async () => {
  const files = await formats.png.render(sampleResult())
  for (const file of files) {
    const bytes = Buffer.from(file.content)
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(bytes.length).toBeGreaterThan(8_000)
  }
})

test('a synthetic source is watermarked', async () => {
  const sample = sampleResult()
  const groups = sample.groups.map(g => ({
    ...g,
    evidence: { source: 'replay', kind: 'synthetic' as const, class: 'none' as const, scope: 'nothing real' },
  }))
  expect(await textOf('html', { ...sample, groups })).toContain('SYNTHETIC SOURCE')
  expect(await textOf('html', sample)).not.toContain('SYNTHETIC SOURCE')
})

test('targets of one campaign stand side by side, with the verdict', async () => {
  const text = await textOf('md', sampleResult())
  expect(text).toContain('## Targets side by side')
  expect(text).toMatch(/web-static \| cloud-a \| cloud-b \| .*uses less/)
  expect(await textOf('html', sampleResult())).toContain('id="targets"')
})
