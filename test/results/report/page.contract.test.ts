import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { formats } from '../../../results/report/registry.ts'
import { sampleResult } from './support/sample-result.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

const Seen = z.object({
  canvases: z.number(),
  blank: z.number(),
  overflow: z.number(),
  background: z.string(),
  lead: z.number(),
})

/** Run in the page. */
const LOOK = `(() => {
  const blank = canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size < 10
  }
  const canvases = [...document.querySelectorAll('canvas')]
  return {
    canvases: canvases.length,
    blank: canvases.filter(blank).length,
    overflow: document.documentElement.scrollWidth - innerWidth,
    background: getComputedStyle(document.body).backgroundColor,
    lead: document.querySelector('.lead').getBoundingClientRect().bottom,
  }
})()`

test.each([
  ['wide', 1280, 'light'],
  ['wide', 1280, 'dark'],
  ['narrow', 390, 'light'],
  ['narrow', 390, 'dark'],
] as const)('the page in a real browser: %s (%d px), %s', async (_name, width, colorScheme) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'jm-page-'))
  const files = await formats.html.render(sampleResult())
  for (const f of files) await writeFile(path.join(folder, f.path), f.content)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  try {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    const problems: string[] = []
    const requests: string[] = []
    page.on('pageerror', e => problems.push(e.message))
    page.on('console', m => problems.push(m.text()))
    page.on('request', r => requests.push(r.url()))
    await page.goto(`file://${path.join(folder, 'index.html')}`)
    const seen = Seen.parse(await page.evaluate(LOOK))
    expect(problems).toEqual([])
    expect(requests.filter(url => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    expect(seen.canvases).toBeGreaterThan(4)
    expect(seen.blank).toBe(0)
    expect(seen.overflow).toBeLessThanOrEqual(0)
    expect(seen.lead).toBeLessThan(900)
    expect(seen.background).toBe(colorScheme === 'dark' ? 'rgb(18, 22, 21)' : 'rgb(251, 251, 249)')
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  }
})
