import { readFile } from 'node:fs/promises'
import { JoulemarkError } from '../model/error.ts'
import type { DetachedRef, DetachedStatus, Exit, Host } from '../model/target.ts'
import type { Opener } from './become.ts'
import { execOn } from './exec.ts'

/** Puts the script beside the process's other files and becomes it: script, dir, name, then its words. */
const LAUNCH = `printf '%s\\n' "$1" >"$2/$3.detach.sh" || exit 70
s=$2/$3.detach.sh d=$2 n=$3
shift 3
exec /bin/sh "$s" launch "$d" "$n" "$@"`

/** Exit code of the script: the process is root's, and we are not. */
const NEEDS_ROOT = 77
const START_SECONDS = 60
const STOP_MARGIN_SECONDS = 60
const DEFAULT_GRACE_SECONDS = 10

let script: Promise<string> | null = null
/** The script that keeps a detached process. */
export const detachScript = () => (script ??= readFile(new URL('./detach.sh', import.meta.url), 'utf8'))

/** Detached processes of one host. All but start may be called again, from any controller, after any reconnect. */
export function makeDetacher(
  opener: Opener,
  hostId: string,
): Pick<Host, 'start' | 'status' | 'stop' | 'renew'> {
  async function tell(
    ref: DetachedRef,
    verb: string,
    words: readonly string[],
    seconds: number,
  ): Promise<Exit> {
    checkRef(ref)
    const argv = ['/bin/sh', '-c', await detachScript(), 'detach', verb, ref.dir, ref.name, ...words]
    const exit = await execOn(opener, hostId, argv, { deadlineSeconds: seconds })
    if (exit.code !== NEEDS_ROOT) return exit
    return execOn(opener, hostId, argv, { deadlineSeconds: seconds, become: true })
  }

  return {
    async start(ref, argv, o) {
      checkRef(ref)
      const words = [String(wholeSeconds(o.lifeSeconds)), o.stdin === undefined ? '-' : 'stdin', ...argv]
      const exit = await execOn(
        opener,
        hostId,
        ['/bin/sh', '-c', LAUNCH, 'detach', await detachScript(), ref.dir, ref.name, ...words],
        {
          deadlineSeconds: START_SECONDS,
          cwd: o.cwd,
          env: o.env,
          become: o.become,
          stdin: o.stdin ?? '',
          drainSeconds: 20,
        },
      )
      if (exit.code !== 0 || !exit.stdout.startsWith('started ')) throw notStarted(hostId, ref, exit)
    },
    async status(ref) {
      const exit = await tell(ref, 'status', [], START_SECONDS)
      return parseStatus(exit.stdout) ?? fail(hostId, ref, 'status', exit)
    },
    async stop(ref, o = {}) {
      const grace = Math.ceil(o.graceSeconds ?? DEFAULT_GRACE_SECONDS)
      const exit = await tell(ref, 'stop', [o.signal ?? 'TERM', String(grace)], grace + STOP_MARGIN_SECONDS)
      if (exit.code !== 0) fail(hostId, ref, 'stop', exit)
    },
    async renew(ref, lifeSeconds) {
      const exit = await tell(ref, 'renew', [String(wholeSeconds(lifeSeconds))], START_SECONDS)
      if (exit.code !== 0) fail(hostId, ref, 'renew', exit)
    },
  }
}

/** Line of `detach.sh status` → status; null when it is none. */
export function parseStatus(text: string): DetachedStatus | null {
  const [, state, first = '', rest = ''] = /^(running|exited|gone) (\S+) ?(.*)$/m.exec(text) ?? []
  if (state === 'gone') return { state, reason: `${first} ${rest}`.trim() }
  if (!/^\d+$/.test(first)) return null
  if (state === 'running') return { state, pid: Number(first) }
  if (state === 'exited') return { state, code: Number(first), deadline: rest === 'deadline' }
  return null
}

const wholeSeconds = (seconds: number): number => {
  if (Number.isFinite(seconds) && seconds > 0) return Math.ceil(seconds)
  throw new JoulemarkError({
    code: 'bad-deadline',
    message: `${seconds} s can't be the life of a detached process`,
  })
}

function checkRef(ref: DetachedRef): void {
  if (ref.dir.startsWith('/') && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(ref.name)) return
  throw new JoulemarkError({
    code: 'bad-detached-name',
    message: `${JSON.stringify(ref.name)} in ${JSON.stringify(ref.dir)} can't name a detached process`,
  })
}

const notStarted = (hostId: string, ref: DetachedRef, exit: Exit) =>
  new JoulemarkError({
    code: exit.code === 71 ? 'detached-name-taken' : exit.code === 73 ? 'program-missing' : 'detach-failed',
    message: `host ${hostId}: ${ref.name} could not be started: ${exit.stderr.trim().slice(0, 300) || `exit ${exit.code}`}`,
  })

function fail(hostId: string, ref: DetachedRef, verb: string, exit: Exit): never {
  throw new JoulemarkError({
    code: 'detach-failed',
    message: `host ${hostId}: ${verb} of ${ref.name} failed (exit ${exit.code}): ${exit.stderr.trim().slice(0, 300)}`,
  })
}
