import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JoulemarkError } from '../../../harness/model/error.ts'
import { makeOpener } from '../../../harness/transport/become.ts'
import { execOn } from '../../../harness/transport/exec.ts'
import { openLocalDoor } from '../../../harness/transport/local-door.ts'

/** Three tries as sudo gives them, each noted; the command runs after the right password. */
const SUDO = `#!/bin/sh
[ "$1" = -n ] && { echo 'a password is required' >&2; exit 1; }
while [ "$1" != -- ]; do shift; done
shift
for try in 1 2 3; do
  IFS= read -r line || { echo 'no password was provided' >&2; exit 1; }
  echo "$line" >>"\${0%/*}/tries"
  [ "$line" = right ] && exec "$@"
  echo 'Sorry, try again.' >&2
done
exit 1
`

/** A machine on which we are nobody, with that sudo. */
async function place(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-become-'))
  await writeFile(join(dir, 'sudo'), SUDO)
  await writeFile(join(dir, 'id'), '#!/bin/sh\necho 1000\n')
  for (const name of ['sudo', 'id']) await chmod(join(dir, name), 0o755)
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

const opener = (dir: string, password: string, refusals = new Map<string, JoulemarkError>()) =>
  makeOpener(
    openLocalDoor({ env: { PATH: `${dir}:${process.env['PATH']}` }, user: 'me' }),
    { kind: 'sudo', password: async () => password, refusals },
    'web',
  )

test('a wrong password is tried once, told, and not tried again on that host', async () => {
  await using at = await place()
  const refusals = new Map<string, JoulemarkError>()
  const refused = {
    code: 'sudo-refused',
    message: expect.stringContaining('refused the password that was given'),
  }
  const first = opener(at.dir, 'wrong', refusals)
  const both = [1, 2].map(() => execOn(first, 'web', ['true'], { become: true }))
  for (const one of both) await expect(one).rejects.toMatchObject(refused)
  await expect(
    execOn(opener(at.dir, 'wrong', refusals), 'web', ['true'], { become: true }),
  ).rejects.toMatchObject(refused)
  expect(await readFile(join(at.dir, 'tries'), 'utf8')).toBe('wrong\n')
})

test('the right password makes root of us, and the input of the command is its own', async () => {
  await using at = await place()
  const exit = await execOn(opener(at.dir, 'right'), 'web', ['cat'], { become: true, stdin: 'input' })
  expect(exit).toMatchObject({ code: 0, stdout: 'input' })
})
