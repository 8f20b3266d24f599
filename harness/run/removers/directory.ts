import { JoulemarkError } from '../../model/error.ts'
import { MARKER } from '../names.ts'
import { asNeeded, exitText, must, script } from '../on-host.ts'
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

// A folder that was to be made and could not be, since somebody had laid one there. What can't be seen from here is not his.
const FOREIGN = `owner=$(stat -c %u -- "$1" 2>/dev/null) || exit 0
[ "$owner" = "$(id -u)" ] || [ "$owner" = 0 ] || { echo foreign; exit 0; }
[ -f "$1/$2" ] && [ ! -L "$1/$2" ] && ! grep -qF -e "\\"campaign\\":\\"$3\\"" -- "$1/$2" && echo foreign
exit 0`

/**
 * Removes a folder of ours with all that is in it. args: path; marked: it is to have a marker of this campaign, unless that was not written yet.
 * One of another user or another campaign is kept.
 */
export const directory: Remover = async context => {
  const path = ourPath(context, 'directory', text(context, 'directory', 'path'))
  if (context.args['marked'] === true) {
    const look = script(FOREIGN, path, MARKER, context.campaign)
    const whose = await must(context.host, 'see whose the folder is', look)
    if (whose.stdout.trim() === 'foreign') return 'kept'
  }
  const exit = await asNeeded(context.host, script(REMOVE, path), { deadlineSeconds: 600 })
  if (exit.code === 0) return exit.stdout.includes('was-gone') ? 'was-gone' : 'removed'
  throw new JoulemarkError({
    code: 'folder-left',
    message: `folder ${path} on host ${context.host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: `remove it by hand: rm -rf ${path}`,
  })
}
