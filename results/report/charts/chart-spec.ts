import type { Json } from '../../../harness/model/json.ts'

/**
 * A chart as plain data: a chart.js configuration without functions, in which colours are names of the palette (`@ink`).
 * The browser and the PNG writer put their colours in; everything else is the same in both.
 */
export interface ChartSpec {
  /** File name of the PNG and id in the page: letters, digits and `-`. */
  readonly id: string
  readonly title: string
  /** What the picture shows, for those who don't see it. */
  readonly alternative: string
  /** CSS pixels of the PNG; the page takes its own width and keeps the height. */
  readonly width: number
  readonly height: number
  readonly config: ChartConfig
  /** The data behind the picture, as a table: header first. */
  readonly table: readonly (readonly string[])[]
}

export interface ChartConfig {
  readonly type: 'line' | 'bar' | 'scatter'
  readonly data: {
    readonly labels?: readonly string[]
    readonly datasets: readonly { readonly [key: string]: Json }[]
  }
  readonly options: { readonly [key: string]: Json }
  /** Indices of datasets that the legend leaves out (one of two edges of an area). chart.js wants a function for it, and specs hold none. */
  readonly notInLegend: readonly number[]
}

/** Colours by name; series colours differ in lightness and for colour-blind readers (Okabe and Ito 2008). */
export interface Palette {
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly panel: string
  readonly shade: string
  readonly window: string
  readonly c1: string
  readonly c2: string
  readonly c3: string
  readonly c4: string
}

export const LIGHT: Palette = {
  ink: '#1c2321',
  soft: '#5c6663',
  line: '#e2e4df',
  panel: '#ffffff',
  shade: '#f1f3ee',
  window: '#dbe9f4',
  c1: '#0072b2',
  c2: '#c24d00',
  c3: '#007a5a',
  c4: '#8a4a7d',
}

export const DARK: Palette = {
  ink: '#e8ece9',
  soft: '#9aa6a1',
  line: '#2c3532',
  panel: '#1a201e',
  shade: '#1f2724',
  window: '#20333f',
  c1: '#56b4e9',
  c2: '#f0894a',
  c3: '#4fc9a4',
  c4: '#d79bc8',
}

/** `@c1-soft` is `@c1`, see-through: for areas. */
const SOFT = '-soft'
const SOFT_ALPHA = '40'

const isName = (name: string): name is keyof Palette => Object.hasOwn(LIGHT, name)

/** Puts colours in the place of their names, at every depth. An unknown name is an error of ours and stays as it is, visibly. */
export function paint(value: Json, palette: Palette): Json {
  if (typeof value === 'string' && value.startsWith('@')) {
    const soft = value.endsWith('-soft')
    const name = value.slice(1, soft ? -SOFT.length : undefined)
    return isName(name) ? `${palette[name]}${soft ? SOFT_ALPHA : ''}` : value
  }
  if (Array.isArray(value)) return value.map(item => paint(item as Json, palette))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value as { [key: string]: Json }).map(([key, item]) => [key, paint(item, palette)]),
    )
  }
  return value
}

const SERIES = ['@c1', '@c2', '@c3', '@c4'] as const

export const seriesColour = (index: number): string => SERIES[index % SERIES.length] ?? '@c1'

/** Options that all charts share. Numbers are set in one locale, so that no machine's own can change a page. */
export const BASE_OPTIONS = {
  locale: 'en-GB',
  animation: false,
  responsive: false,
  maintainAspectRatio: false,
  devicePixelRatio: 2,
  color: '@soft',
  borderColor: '@line',
} as const

export const axis = (title: string, more: { readonly [key: string]: Json } = {}): Json => ({
  title: { display: title !== '', text: title, color: '@soft' },
  grid: { color: '@line' },
  ticks: { color: '@soft', maxRotation: 0, autoSkipPadding: 12 },
  border: { color: '@line' },
  ...more,
})

export const LEGEND: Json = {
  position: 'bottom',
  align: 'start',
  labels: { color: '@soft', boxWidth: 12, boxHeight: 12, usePointStyle: false },
}

/** Where lines are dashed or points small: each entry is drawn as its series is (`pointStyle` of the dataset). */
export const LINE_LEGEND: Json = {
  position: 'bottom',
  align: 'start',
  labels: { color: '@soft', boxHeight: 10, usePointStyle: true, pointStyleWidth: 16 },
}
