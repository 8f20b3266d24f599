import { allCharts } from './charts/all-charts.ts'
import { drawPng } from './charts/draw.ts'
import type { ReportFormat } from './report-format.ts'

export const png: ReportFormat = {
  id: 'png',
  title: 'every chart of the report as a PNG',
  render: async result =>
    allCharts(result).map(spec => ({ path: `charts/${spec.id}.png`, content: drawPng(spec) })),
}
