// Draws the charts of the page from their specs. Colours follow the reader's theme, and paper is always light.
;(() => {
  'use strict'
  const palettes = JSON.parse(document.getElementById('palettes').textContent)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const charts = new Map()

  const paint = (value, palette) => {
    if (typeof value === 'string' && value.startsWith('@')) {
      const soft = value.endsWith('-soft')
      const colour = palette[value.slice(1, soft ? -5 : undefined)]
      return colour === undefined ? value : colour + (soft ? '40' : '')
    }
    if (Array.isArray(value)) return value.map(item => paint(item, palette))
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, palette)]))
    return value
  }

  const draw = (canvas, palette) => {
    const { notInLegend, ...plain } = JSON.parse(document.getElementById(canvas.dataset.spec).textContent)
    const config = paint(plain, palette)
    delete config.options.devicePixelRatio
    config.options.responsive = true
    config.options.plugins.legend.labels.filter = item => !notInLegend.includes(item.datasetIndex)
    config.options.plugins.tooltip = {
      filter: item => item.dataset.yAxisID !== 'phases' && !notInLegend.includes(item.datasetIndex),
    }
    charts.get(canvas)?.destroy()
    charts.set(canvas, new Chart(canvas, config))
  }

  const drawAll = palette => {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily
    for (const canvas of document.querySelectorAll('canvas[data-spec]')) draw(canvas, palette)
  }

  const theme = () => (dark.matches ? palettes.dark : palettes.light)
  drawAll(theme())
  dark.addEventListener('change', () => drawAll(theme()))
  matchMedia('print').addEventListener('change', event => drawAll(event.matches ? palettes.light : theme()))
  addEventListener('beforeprint', () => {
    drawAll(palettes.light)
    for (const chart of charts.values()) chart.resize()
  })
  addEventListener('afterprint', () => drawAll(theme()))
})()
