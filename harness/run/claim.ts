import { join } from 'node:path'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { LAYOUT } from '../../results/archive/paths.ts'
import { lockForProcess } from '../../results/archive/process-lock.ts'
import { JoulemarkError } from '../model/error.ts'

/**
 * Makes this process the only one that works on a campaign on this controller. Throws `campaign-running` while another one lives; a dead one
 * is replaced.
 */
export const claimCampaign = (archive: Pick<CampaignArchive, 'dir' | 'id'>): Promise<AsyncDisposable> =>
  lockForProcess({
    path: join(archive.dir, LAYOUT.state, 'controller.json'),
    again: true,
    held: holder =>
      new JoulemarkError({
        code: 'campaign-running',
        message: `${holder} is at work on campaign ${archive.id}`,
        exit: 'locked',
        hint: 'wait until it ends, or stop it with Ctrl-C',
      }),
  })
