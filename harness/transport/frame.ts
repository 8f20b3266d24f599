import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { JoulemarkError } from '../model/error.ts'

/**
 * What every command goes through on the host. It sets umask, locale, zone and folder, says in a line on stdout and on stderr that our own output
 * starts here (profiles and banners may have written before), and becomes the program. The mark arrives in two halves, so that
 * a shell that echoes its command line does not print it.
 */
const PRELUDE = `
umask 077
LC_ALL=C TZ=UTC PATH="\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
# A bash below us would else take itself for a remote login and read its profile.
SHLVL=\${SHLVL:-1}
export LC_ALL TZ PATH SHLVL
unset LANG LANGUAGE ENV BASH_ENV CDPATH
jm_mark=$1$2 jm_dir=$3 jm_skip=$4 jm_env=$5
shift 5
jm_state=ok
if [ "$jm_skip" = 1 ]; then
  while IFS= read -r jm_line && [ "$jm_line" != "$jm_mark" ]; do :; done
  unset jm_line
fi
while [ "$jm_env" -gt 0 ]; do export "$1"; shift; jm_env=$((jm_env - 1)); done
cd -- "$jm_dir" 2>/dev/null || jm_state=cwd
case $1 in
  */*) { [ -f "$1" ] && [ -x "$1" ]; } || jm_state=absent ;;
  *) command -v "$1" >/dev/null 2>&1 || jm_state=absent ;;
esac
echo "$jm_mark"
echo "$jm_mark $jm_state $$" >&2
[ "$jm_state" = ok ] || exit 126
exec "$@"
`

export interface FramedCommand {
  readonly argv: readonly string[]
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** stdin begins with lines for a password prompt, of which it may have eaten some; they end with the mark. */
  readonly skipPassword?: boolean
}

/** argv of the framed command, and the mark its outputs begin with. */
export function frame(command: FramedCommand): { readonly argv: string[]; readonly mark: string } {
  const mark = `jm-${randomBytes(16).toString('hex')}`
  const env = Object.entries(command.env ?? {}).map(([name, value]) => assignment(name, value))
  return {
    mark,
    argv: [
      '/bin/sh',
      '-c',
      PRELUDE,
      'sh',
      mark.slice(0, 19),
      mark.slice(19),
      command.cwd ?? '/',
      command.skipPassword === true ? '1' : '0',
      String(env.length),
      ...env,
      ...command.argv,
    ],
  }
}

function assignment(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new JoulemarkError({
      code: 'bad-variable',
      message: `“${name}” can't be the name of an environment variable`,
    })
  return `${name}=${value}`
}

/** What came before our output is kept up to here for messages, and given up on beyond. */
const MAX_NOISE = 1 << 20

export interface FrameStart {
  readonly found: boolean
  /** What stood before the mark. */
  readonly noise: string
  /** The rest of the mark's line. */
  readonly word: string
}

/** Reads the stream up to the end of the line that begins with the mark; what follows stays in the stream. */
export async function skipToMark(stream: Readable, mark: string): Promise<FrameStart> {
  const needle = Buffer.from(mark)
  let seen = Buffer.alloc(0)
  for (;;) {
    const chunk: Buffer | null = stream.read()
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed || seen.length > MAX_NOISE)
        return { found: false, noise: seen.toString('utf8').trim(), word: '' }
      await readableOrEnd(stream)
      continue
    }
    seen = Buffer.concat([seen, chunk])
    const at = seen.indexOf(needle)
    const end = at < 0 ? -1 : seen.indexOf(0x0a, at)
    if (end < 0) continue
    if (end + 1 < seen.length) stream.unshift(seen.subarray(end + 1))
    return {
      found: true,
      noise: seen.subarray(0, at).toString('utf8').trim(),
      word: seen
        .subarray(at + needle.length, end)
        .toString('utf8')
        .trim(),
    }
  }
}

function readableOrEnd(stream: Readable): Promise<void> {
  return new Promise(resolve => {
    const events = ['readable', 'end', 'close', 'error']
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}
