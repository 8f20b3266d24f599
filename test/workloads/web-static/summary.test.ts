import { expect, test } from 'vitest'
import { requestsOf } from '../../../workloads/web-static/summary.ts'
import { workFixture } from '../../support/fixture-files.ts'

test('the count of requests is read from what k6 writes', async () => {
  const text = new TextDecoder().decode(await workFixture('web-static/dropped-k6-summary.json'))
  expect(requestsOf(text)).toBe(89)
})

test.each(['', '{}', '{"metrics":{"http_reqs":{"values":{"count":"9"}}}}', '[1'])('none in %s', text => {
  expect(requestsOf(text)).toBeUndefined()
})
