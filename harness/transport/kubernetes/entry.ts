import { readFile } from 'node:fs/promises'
import { JoulemarkError } from '../../model/error.ts'
import type { DetachedRef, Host } from '../../model/target.ts'
import { detachScript } from '../detach.ts'
import { quoteWord } from '../quote.ts'

let script: Promise<string> | null = null
const readScript = (): Promise<string> =>
  (script ??= readFile(new URL('./entry.sh', import.meta.url), 'utf8'))

/** Command of a container of ours: it waits in `folder`, which must be there and writable, for what to run. */
export const entryCommand = async (folder: string): Promise<string[]> => [
  '/bin/sh',
  '-c',
  await readScript(),
  'joulemark',
  folder,
]

type StartOptions = Parameters<Host['start']>[2]

const OPEN_GATE = 'printf "start %s\\n" "$2" >"$1/gate"'
// What was started says so by its pid file, or has ended already.
const AWAIT = `n=0
until [ -e "$1.pid" ] || [ -e "$1.rc" ]; do
  n=$((n + 1))
  [ "$n" -lt 200 ] || exit 72
  sleep 0.1
done`
const START_SECONDS = 30

/**
 * The container as a host whose `start` hands the program to the container's first process instead of detaching it: it is then the container's
 * own program, which its limits, its end and its exit code belong to. One at a time. Its life is bounded by the pod's; there is
 * nothing of it to renew.
 */
export function withMain(host: Host, folder: string): Host {
  const mains = new Set<string>()
  return {
    ...host,
    async renew(ref, lifeSeconds) {
      if (!mains.has(baseOf(ref))) await host.renew(ref, lifeSeconds)
    },
    async start(ref, argv, o) {
      mains.add(baseOf(ref))
      await startMain(host, folder, { ref, argv, o })
    },
  }
}

const baseOf = ({ dir, name }: DetachedRef): string => `${dir}/${name}`

async function startMain(
  host: Host,
  folder: string,
  { ref, argv, o }: { readonly ref: DetachedRef; readonly argv: readonly string[]; readonly o: StartOptions },
): Promise<void> {
  const base = baseOf(ref)
  const detach = `${base}.detach.sh`
  await host.put([{ name: `${ref.name}.detach.sh`, mode: 0o600, content: await detachScript() }], ref.dir)
  const environment = Object.entries(o.env ?? {}).map(([name, value]) => `export ${name}=${quoteWord(value)}`)
  const lines = [
    `cd -- ${quoteWord(o.cwd ?? ref.dir)} || exit 126`,
    ...environment,
    `exec ${['/bin/sh', detach, 'run', ref.dir, ref.name, ...argv].map(quoteWord).join(' ')} </dev/null >${quoteWord(`${base}.out`)} 2>${quoteWord(`${base}.err`)}`,
  ]
  await host.put([{ name: 'start.sh', mode: 0o600, content: `${lines.join('\n')}\n` }], folder)
  for (const [text, ...args] of [
    [OPEN_GATE, folder, base],
    [AWAIT, base],
  ] as const) {
    const exit = await host.exec(['/bin/sh', '-c', text, 'sh', ...args], { deadlineSeconds: START_SECONDS })
    if (exit.code !== 0)
      throw new JoulemarkError({
        code: 'detach-failed',
        message: `host ${host.id}: ${ref.name} could not be started in its container (exit ${exit.code})`,
        exit: 'invalid',
      })
  }
}
