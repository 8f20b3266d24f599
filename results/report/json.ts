import { canonicalJson, type Json } from '../../harness/model/json.ts'
import type { Result } from '../../harness/model/result.ts'
import type { ReportFormat } from './report-format.ts'

/** Without the members that are not there. */
const plain = (result: Result): Json => JSON.parse(JSON.stringify(result)) as Json

export const json: ReportFormat = {
  id: 'json',
  title: 'the whole result, full precision, keys sorted',
  render: async result => [{ path: 'result.json', content: `${canonicalJson(plain(result))}\n` }],
}
