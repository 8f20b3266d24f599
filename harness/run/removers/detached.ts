import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import { isOurName } from '../names.ts'
import { must, script } from '../on-host.ts'
import { ourPath, refuse, text } from './arguments.ts'
import type { Remover } from './remover.ts'

type StopOptions = NonNullable<Parameters<Host['stop']>[1]>
const SIGNALS = ['TERM', 'INT', 'QUIT'] as const

// What can't be seen here lies in a folder of root's own. The first word is our folder, the others lie below it.
const FOREIGN = `me=$(id -u)
for one; do
  owner=$(stat -c %u -- "$one" 2>/dev/null) || continue
  [ "$owner" = "$me" ] || [ "$owner" = 0 ] || { echo "$one belongs to user $owner"; exit 0; }
  [ ! -L "$one" ] || { echo "$one is a link"; exit 0; }
done
[ ! -e "$2.root" ] || [ "$(stat -c %u -- "$2.root")" = 0 ] || echo "$2.root is not root's"
exit 0`

/** Anybody can lay out a folder with a name of ours, with the id of any process in it: only what we or root wrote is believed. */
async function refuseForeign(host: Host, dir: string, name: string): Promise<void> {
  const segments = dir.split('/')
  const ours = segments.slice(0, segments.findIndex(isOurName) + 1).join('/')
  const base = `${dir}/${name}`
  const files = ['pid', 'sup', 'watch', 'root', 'rc'].map(end => `${base}.${end}`)
  const exit = await must(host, 'see whose the process is', script(FOREIGN, ours, base, dir, ...files))
  const foreign = exit.stdout.trim()
  if (foreign === '') return
  throw new JoulemarkError({
    code: 'not-ours',
    message: `host ${host.id}: process ${name} is left alone: ${foreign}`,
    exit: 'leftBehind',
    hint: 'look at who made that folder; end the process by hand if it is yours',
  })
}

/** Ends a detached process and its group. args: dir, name; signal and graceSeconds where TERM and the default do not do. */
export const detached: Remover = async context => {
  const { host, args } = context
  const dir = ourPath(context, 'detached', text(context, 'detached', 'dir'))
  const name = text(context, 'detached', 'name')
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw refuse('detached', `${JSON.stringify(name)} is no name of ours`)
  const ref = { host: host.id, dir, name }
  const signal = SIGNALS.find(item => item === args['signal'])
  const options: StopOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(typeof args['graceSeconds'] === 'number' ? { graceSeconds: args['graceSeconds'] } : {}),
  }
  await refuseForeign(host, dir, name)
  const before = await host.status(ref)
  await host.stop(ref, options)
  if (before.state !== 'running') return 'was-gone'
  const after = await host.status(ref)
  if (after.state !== 'running') return 'removed'
  throw new JoulemarkError({
    code: 'still-running',
    message: `process ${after.pid} (${name}) on host ${host.id} does not end`,
    exit: 'leftBehind',
    hint: `end process ${after.pid} by hand`,
  })
}
