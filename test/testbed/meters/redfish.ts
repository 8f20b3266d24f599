import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, startServer } from './server.ts'

/** DMTF's mockup server with power data that were recorded from servers, one chassis for each. */
export interface RedfishServer extends AsyncDisposable {
  readonly url: string
  /** Sets members of a resource, as the server's own PATCH does. */
  patch(path: string, members: object): Promise<void>
}

/** Makers in the recordings; each is the Id of a chassis. */
export const MAKERS = ['dell', 'lenovo', 'hpe'] as const

/**
 * @param o.tls certificate and key (PEM); absent: plain HTTP
 * @param o.delaySeconds every answer comes so late
 * @param o.chassis which there are; default all makers and `new`, which has EnvironmentMetrics and a sensor
 */
export async function startRedfish(
  o: {
    readonly tls?: { readonly cert: string; readonly key: string }
    readonly delaySeconds?: number
    readonly chassis?: readonly string[]
  } = {},
): Promise<RedfishServer> {
  const script = fileURLToPath(new URL('../get-redfish-server', import.meta.url))
  const { stdout } = await promisify(execFile)(script, { timeout: 600_000 })
  const home = stdout.trim()
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-redfish-'))
  await writeTree(join(dir, 'tree'), home, o.chassis ?? [...MAKERS, 'new'])
  const port = await freePort()
  const scheme = o.tls === undefined ? 'http' : 'https'
  const tls = o.tls === undefined ? [] : ['--ssl', '--cert', o.tls.cert, '--key', o.tls.key]
  const late = o.delaySeconds === undefined ? [] : ['-t', String(o.delaySeconds)]
  const python = join(home, 'venv/bin/python')
  const server = await startServer(
    [
      python,
      join(home, 'redfishMockupServer.py'),
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
      '-D',
      join(dir, 'tree'),
      ...tls,
      ...late,
    ],
    { port, log: join(dir, 'log'), cwd: dir },
  )
  const url = `${scheme}://127.0.0.1:${port}`
  return {
    url,
    async patch(path, members) {
      const answer = await fetch(`${url}${path}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(members),
      })
      if (!answer.ok) throw new Error(`PATCH ${path}: ${answer.status}`)
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function writeTree(tree: string, home: string, chassis: readonly string[]): Promise<void> {
  const root = '/redfish/v1'
  const id = (path: string) => ({ '@odata.id': path })
  const put = async (path: string, content: object): Promise<void> => {
    const file = join(tree, path, 'index.json')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify({ ...id(path), ...content }))
  }
  await put(root, { Chassis: id(`${root}/Chassis`), SessionService: id(`${root}/SessionService`) })
  await put(`${root}/SessionService`, { Sessions: id(`${root}/SessionService/Sessions`) })
  await put(`${root}/SessionService/Sessions`, { Members: [], 'Members@odata.count': 0 })
  await put(`${root}/Chassis`, { Members: chassis.map(one => id(`${root}/Chassis/${one}`)) })
  for (const one of chassis) {
    const at = `${root}/Chassis/${one}`
    await put(at, { Id: one })
    if (one !== 'new') {
      const recorded = JSON.parse(await readFile(join(home, `power-${one}.json`), 'utf8')) as object
      await put(`${at}/Power`, recorded)
      continue
    }
    await put(`${at}/EnvironmentMetrics`, {
      PowerWatts: { DataSourceUri: `${at}/Sensors/power`, Reading: 374.5 },
      EnergykWh: { Reading: 325675 },
    })
    await put(`${at}/Sensors/power`, {
      Id: 'power',
      Reading: 374.5,
      ReadingType: 'Power',
      ReadingUnits: 'W',
      Accuracy: 1.5,
      SensingInterval: 'PT1S',
    })
  }
}
