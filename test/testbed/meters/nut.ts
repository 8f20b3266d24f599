import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Server, startServer } from './server.ts'

/** A real server of NUT (upsd) with its dummy driver, on loopback. */
export interface NutServer extends AsyncDisposable {
  readonly port: number
  /** Where the driver reads its variables from, `name: value` in lines. */
  readonly file: string
  /** Sets variables of UPS `rack`, which has no others; the driver takes them over within seconds. */
  set(variables: Readonly<Record<string, string>>): Promise<void>
  /** Ends the driver: its data become stale. */
  loseDriver(): Promise<void>
}

/** Needs Debian's nut-server, and root. */
export async function startNut(variables: Readonly<Record<string, string>>): Promise<NutServer> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-nut-'))
  const [etc, run] = [join(dir, 'etc'), join(dir, 'run')]
  await mkdir(etc)
  await mkdir(run, { mode: 0o770 })
  const port = await freePort()
  const set = (values: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(
      join(etc, 'rack.dev'),
      Object.entries({ 'ups.status': 'OL', ...values })
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(''),
    )
  await set(variables)
  await writeFile(
    join(etc, 'ups.conf'),
    '[rack]\n  driver = dummy-ups\n  port = rack.dev\n  pollinterval = 1\n',
  )
  await writeFile(join(etc, 'upsd.conf'), `LISTEN 127.0.0.1 ${port}\nMAXAGE 5\n`)
  await writeFile(join(etc, 'upsd.users'), '[reader]\n  password = open-sesame\n')
  for (const name of ['ups.conf', 'upsd.conf', 'upsd.users']) await chmod(join(etc, name), 0o640)
  const env = { NUT_CONFPATH: etc, NUT_STATEPATH: run, NUT_ALTPIDPATH: run }
  const driver = await startServer(['/lib/nut/dummy-ups', '-a', 'rack', '-u', 'root', '-F'], {
    log: join(dir, 'driver.log'),
    env,
  })
  let upsd: Server | null = null
  const stop = async (): Promise<void> => {
    await upsd?.stop()
    await driver.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    upsd = await startServer(['/lib/nut/upsd', '-u', 'root', '-FF'], {
      port,
      log: join(dir, 'upsd.log'),
      env,
    })
    await untilDriven(port, Object.keys(variables))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    file: join(etc, 'rack.dev'),
    set,
    loseDriver: () => driver.stop(),
    [Symbol.asyncDispose]: stop,
  }
}

/** The server has heard of all variables from the driver. */
async function untilDriven(port: number, names: readonly string[]): Promise<void> {
  for (const until = performance.now() + 30_000; performance.now() < until; await sleep(100)) {
    const said = await Promise.all(names.map(name => answer(port, `GET VAR rack ${name}`)))
    if (said.every(line => line.startsWith('VAR '))) return
  }
  throw new Error('the server of NUT never heard from its driver')
}

const answer = (port: number, words: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${words}\n`))
    socket.once('error', reject)
    socket.once('data', data => {
      socket.destroy()
      resolve(data.toString('utf8'))
    })
  })
