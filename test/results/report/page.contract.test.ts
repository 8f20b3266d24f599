import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
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

/** mm of A4 less the margins of the page's style, in CSS pixels. */
const PAPER_WIDTH = Math.round(((210 - 2 * 14) / 25.4) * 96)

test('the page on paper: nothing is cut off, and it says what the screen says', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'jm-page-'))
  for (const f of await formats.html.render(sampleResult()))
    await writeFile(path.join(folder, f.path), f.content)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  try {
    const page = await browser.newPage({
      viewport: { width: PAPER_WIDTH, height: 1000 },
      colorScheme: 'dark',
    })
    await page.emulateMedia({ media: 'print' })
    await page.goto(`file://${path.join(folder, 'index.html')}`)
    const wide = z
      .array(z.string())
      .parse(
        await page.evaluate(
          `[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > ${PAPER_WIDTH} + 1 && !e.closest('details:not([open])')).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))`,
        ),
      )
    expect(wide).toEqual([])
    const pdf = path.join(folder, 'page.pdf')
    await page.pdf({ path: pdf, preferCSSPageSize: true, format: 'A4' })
    const { stdout } = await execa('pdftotext', ['-layout', pdf, '-'])
    const pages = stdout.split('\f').slice(0, -1)
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.map(text => text.trim().length > 0)).not.toContain(false)
    for (const words of [
      'took 840 mJ',
      'wall-meter',
      'Can it be trusted?',
      'All runs',
      'Clean-up',
      'Machines and tools',
    ])
      expect(stdout).toContain(words)
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  }
})
