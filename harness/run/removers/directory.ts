import { JoulemarkError } from '../../model/error.ts'
import { asNeeded, exitText, script } from '../on-host.ts'
import { ourPath, text } from './arguments.ts'
import type { Remover } from './remover.ts'

// A command that was under way when a controller died may still be writing there: try for some seconds.
const REMOVE = `
[ -e "$1" ] || [ -L "$1" ] || { echo was-gone; exit 0; }
for try in 1 2 3 4 5 6; do
  rm -rf -- "$1" 2>/dev/null
  [ -e "$1" ] || [ -L "$1" ] || { echo removed; exit 0; }
  sleep 1
done
rm -rf -- "$1"
[ -e "$1" ] || [ -L "$1" ] && exit 1
echo removed`

/** Removes a folder of ours with all that is in it. args: path. */
export const directory: Remover = async context => {
  const path = ourPath(context, 'directory', text(context, 'directory', 'path'))
  const exit = await asNeeded(context.host, script(REMOVE, path), { deadlineSeconds: 600 })
  if (exit.code === 0) return exit.stdout.includes('was-gone') ? 'was-gone' : 'removed'
  throw new JoulemarkError({
    code: 'folder-left',
    message: `folder ${path} on host ${context.host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: `remove it by hand: rm -rf ${path}`,
  })
}
