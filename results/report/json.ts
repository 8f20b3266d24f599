import { canonicalJson } from '../../harness/model/json.ts'
import type { ReportFormat } from './report-format.ts'

export const json: ReportFormat = {
  id: 'json',
  title: 'the whole result, full precision, keys sorted',
  render: async result => [{ path: 'result.json', content: `${canonicalJson(result)}\n` }],
}
