import { JoulemarkError } from '../../model/error.ts'
import { fileMark, hasControl, isBelowOurs } from '../names.ts'
import { asNeeded, exitText, script } from '../on-host.ts'
import { refuse, text } from './arguments.ts'
import type { Remover } from './remover.ts'

const REMOVE = `
[ -e "$1" ] || [ -L "$1" ] || { echo was-gone; exit 0; }
if [ -n "$2" ]; then
  [ -f "$1" ] && [ ! -L "$1" ] || { echo kept; exit 0; }
  head -n 2 -- "$1" | grep -qxF -e "$2" || { echo kept; exit 0; }
fi
rm -f -- "$1" || exit 1
[ -e "$1" ] || [ -L "$1" ] && exit 1
echo removed`

/**
 * Removes a file. args: path. Outside of our folders only a regular file whose first or second line is `fileMark` of this campaign is
 * removed; one without it is somebody else's and is kept.
 */
export const file: Remover = async context => {
  const path = text(context, 'file', 'path')
  if (!path.startsWith('/') || path.split('/').includes('..') || hasControl(path))
    throw refuse('file', `${JSON.stringify(path)} is no path of ours`)
  const mark = isBelowOurs(path, context.campaign) ? '' : fileMark(context.campaign)
  const exit = await asNeeded(context.host, script(REMOVE, path, mark))
  if (exit.code === 0) {
    const said = exit.stdout.trim()
    return said === 'removed' || said === 'kept' ? said : 'was-gone'
  }
  throw new JoulemarkError({
    code: 'file-left',
    message: `file ${path} on host ${context.host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: `remove it by hand: rm ${path}`,
  })
}
