import { lockForProcess } from '../../results/archive/process-lock.ts'
import { JoulemarkError } from '../model/error.ts'

/**
 * One process at a time works on a campaign's spool.
 * @throws JoulemarkError `spool-locked`
 */
export const lockSpool = (path: string): Promise<AsyncDisposable> =>
  lockForProcess({
    path,
    held: holder =>
      new JoulemarkError({
        code: 'spool-locked',
        exit: 'locked',
        message: `${holder} is sending the points of this campaign`,
        place: { file: path },
        hint: 'wait until it has ended, then joulemark sync DIR',
      }),
  })
