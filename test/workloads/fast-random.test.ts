import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { next, seeded } from '../../harness/model/random.ts'
import { fastRandom } from '../../workloads/fast-random.ts'

test('law: it gives the numbers of the generator it stands for', () => {
  fc.assert(
    fc.property(fc.nat(), seed => {
      const fast = fastRandom(seed)
      let drawn = next(seeded(seed))
      for (let i = 0; i < 20; i += 1) {
        expect(fast()).toBe(drawn.value)
        drawn = next(drawn.state)
      }
    }),
    { seed: 1 },
  )
})
