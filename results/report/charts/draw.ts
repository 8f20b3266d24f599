import { fileURLToPath } from 'node:url'
import { GlobalFonts } from '@napi-rs/canvas'
import type { ChartConfiguration } from 'chart.js'
import { ChartJSNodeCanvas } from 'chartjs-node-canvas'
import { type ChartConfig, type ChartSpec, LIGHT, paint } from './chart-spec.ts'

const FAMILY = 'Joulemark Sans'
/** Room above the chart for its title, CSS pixels. */
const TITLE_SIZE = 17

let fontsReady = false

/** Registers the fonts of the package once: a PNG never depends on the fonts of the machine. */
function registerFonts(): void {
  if (fontsReady) return
  for (const face of ['regular', 'bold']) {
    const path = fileURLToPath(new URL(`../font/noto-sans-${face}.ttf`, import.meta.url))
    if (GlobalFonts.registerFromPath(path, FAMILY) === null) throw new Error(`the font ${path} can't be read`)
  }
  fontsReady = true
}

/** What chart.js takes: colours put in, and the one function that a plain spec can't hold. */
function drawable(config: ChartConfig, title: string): ChartConfiguration {
  const { notInLegend, ...plain } = config
  const painted = paint(plain, LIGHT) as unknown as ChartConfiguration
  const options = painted.options ?? {}
  const plugins = options.plugins ?? {}
  return {
    ...painted,
    options: {
      ...options,
      layout: { padding: { left: 12, right: 16, top: 6, bottom: 8 } },
      font: { family: FAMILY, size: 13 },
      plugins: {
        ...plugins,
        title: {
          display: true,
          text: title,
          align: 'start',
          color: LIGHT.ink,
          font: { family: FAMILY, size: TITLE_SIZE, weight: 'bold' },
        },
        legend: {
          ...plugins.legend,
          labels: {
            ...plugins.legend?.labels,
            filter: item => !notInLegend.includes(item.datasetIndex ?? -1),
          },
        },
      },
    },
  }
}

/** A chart as PNG bytes, twice its CSS size, light colours. Equal specs give equal bytes. */
export function drawPng(spec: ChartSpec): Uint8Array {
  registerFonts()
  const canvas = new ChartJSNodeCanvas({
    width: spec.width,
    height: spec.height + 30,
    backgroundColour: LIGHT.panel,
    chartCallback: chart => {
      chart.defaults.font.family = FAMILY
    },
  })
  return canvas.renderToBufferSync(drawable(spec.config, spec.title))
}
