import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { JoulemarkError } from '../model/error.ts'
import type { PutFile } from '../model/target.ts'
import type { Opener } from './become.ts'
import { makeSums, SUM_FUNCTION, sumAgrees } from './checksum.ts'
import { transferSeconds } from './door.ts'
import { collect, execOn, withDeadline } from './exec.ts'

const PREPARE = `[ -d "$1" ] || mkdir -p -m 700 -- "$1" && mkdir -m 700 -- "$1/$2"`
/** dir, temporary folder, index, mode: stdin to a file, its size and sum to stdout. */
const RECEIVE = `${SUM_FUNCTION}
t=$1/$2/$3
cat >"$t" && chmod "$4" "$t" && wc -c <"$t" && jm_sum "$t"`
/** dir, temporary folder, then the names in order. */
const FINISH = `d=$1 t=$1/$2 i=0
shift 2
for n in "$@"; do if [ -d "$d/$n" ]; then echo "$n is a folder" >&2; exit 1; fi; done
for n in "$@"; do mv -f -- "$t/$i" "$d/$n" || exit; i=$((i + 1)); done
rmdir -- "$t"`
const DISCARD = `rm -rf -- "$1/$2"`

/**
 * Writes files into a folder of a host, made with its parents (0700) where it is missing. All are received and checked under
 * temporary names before the first is renamed. Error: a name with a path in it, a wrong size or sum, a full disk.
 */
export async function putFiles(
  opener: Opener,
  hostId: string,
  files: readonly PutFile[],
  dir: string,
): Promise<void> {
  checkNames(files, dir)
  const temporary = `.joulemark-put-${randomBytes(6).toString('hex')}`
  const sh = async (script: string, args: readonly string[]) => {
    const exit = await execOn(opener, hostId, ['/bin/sh', '-c', script, 'sh', dir, temporary, ...args])
    if (exit.code !== 0) throw failed(hostId, dir, exit.stderr)
  }
  await sh(PREPARE, [])
  try {
    for (const [index, file] of files.entries())
      await send(opener, hostId, file, [dir, temporary, String(index), octal(file.mode)])
    await sh(
      FINISH,
      files.map(file => file.name),
    )
  } catch (error) {
    await sh(DISCARD, []).catch(() => {})
    throw error
  }
}

async function send(opener: Opener, hostId: string, file: PutFile, args: readonly string[]): Promise<void> {
  const sums = makeSums()
  const size = 'content' in file ? Buffer.byteLength(file.content) : 0
  const seconds = transferSeconds(size) + ('content' in file ? 0 : 3600)
  const said = await withDeadline({ hostId, what: `putting ${file.name}`, seconds }, async onChannel => {
    const channel = await opener.open({ argv: ['/bin/sh', '-c', RECEIVE, 'sh', ...args], onChannel })
    const out = collect(channel.stdout, 4096)
    const err = collect(channel.stderr, 4096)
    const source =
      'content' in file ? Readable.from([Buffer.from(file.content)]) : createReadStream(file.from)
    const counted = source.map((chunk: Buffer) => {
      sums.update(chunk)
      return chunk
    })
    await Promise.all([
      pipeline(counted, channel.stdin).catch(error => (isLocal(error) ? Promise.reject(error) : undefined)),
      channel.exit,
      out.ended,
      err.ended,
    ])
    const { code } = await channel.exit
    channel.close()
    if (code !== 0) throw failed(hostId, file.name, err.text())
    return out.text()
  })
  const [size2 = '', sum = ''] = said.split('\n')
  if (Number(size2.trim()) !== sums.bytes() || !sumAgrees(sum, sums.digest()))
    throw failed(
      hostId,
      file.name,
      `${size2.trim()} of ${sums.bytes()} bytes arrived, or their checksum differs`,
    )
}

const octal = (mode: number) => (mode & 0o7777).toString(8)

/** The controller's own file could not be read; a broken pipe towards the host is told by the host's exit instead. */
const isLocal = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'EACCES', 'EISDIR', 'EIO'].includes(String(error.code))

function checkNames(files: readonly PutFile[], dir: string): void {
  if (!dir.startsWith('/')) throw badName(dir, 'is not an absolute path')
  for (const { name } of files)
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw badName(name, 'is not a plain file name')
}

const badName = (name: string, why: string) =>
  new JoulemarkError({ code: 'bad-file-name', message: `${JSON.stringify(name)} ${why}` })

const failed = (hostId: string, what: string, said: string) =>
  new JoulemarkError({
    code: 'put-failed',
    message: `host ${hostId}: ${what} could not be written: ${said.trim().slice(0, 300)}`,
    exit: 'unreachable',
    hint: 'see free space and permissions there; “joulemark check” shows both',
  })
