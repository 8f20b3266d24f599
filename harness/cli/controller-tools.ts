import { homedir } from 'node:os'
import { join } from 'node:path'

/** Programs on this controller that may be copied to hosts without being on its PATH, by tool name: k6 where scripts/get-k6 puts what it builds. */
export const controllerTools = (): ReadonlyMap<string, string> =>
  new Map([
    [
      'k6',
      join(
        process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
        'joulemark',
        'testbed',
        'k6-1.8.1',
        'k6',
      ),
    ],
  ])
