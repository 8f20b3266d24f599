import { pbkdf2Sync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { freePort, type Server, startServer } from './server.ts'

const PLUGIN = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/mosquitto_dynamic_security.so`

/** Eclipse Mosquitto on loopback, with users and what each may do. */
export interface Mosquitto extends AsyncDisposable {
  readonly url: string
  /** The same over TLS, where there is a certificate. */
  readonly tlsUrl: string
  /** A device of the test's own, connected. */
  device(): Promise<MqttClient>
  restart(): Promise<void>
}

/** May do all; `reader` may not listen to what is below `secret/`. */
export const DEVICE = { user: 'device', password: 'device-pass-1' } as const
export const READER = { user: 'reader', password: 'reader-pass-2' } as const

/** Topics that a user may use. */
const client = ({ user, password }: typeof DEVICE | typeof READER, topics: readonly string[]) => {
  const salt = Buffer.from('0123456789ab')
  return {
    client: {
      username: user,
      password: pbkdf2Sync(password, salt, 101, 64, 'sha512').toString('base64'),
      salt: salt.toString('base64'),
      iterations: 101,
      roles: [{ rolename: user }],
    },
    role: {
      rolename: user,
      acls: topics.flatMap(topic =>
        ['publishClientSend', 'publishClientReceive', 'subscribePattern'].map(acltype => ({
          acltype,
          topic,
          allow: true,
        })),
      ),
    },
  }
}
const WHO = [client(DEVICE, ['#']), client(READER, ['cmnd/#', 'shellies/#', '+/rpc', 'stat/#', 'tele/#'])]
const SECURITY = {
  defaultACLAccess: {
    publishClientSend: false,
    publishClientReceive: false,
    subscribe: false,
    unsubscribe: true,
  },
  clients: WHO.map(one => one.client),
  roles: WHO.map(one => one.role),
}

/** Needs Debian's mosquitto. */
export async function startMosquitto(
  o: { readonly tls?: { readonly cert: string; readonly key: string } } = {},
): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-mosquitto-'))
  const [port, tlsPort] = [await freePort(), await freePort()]
  const at = (name: string): string => join(dir, name)
  await writeFile(at('security.json'), JSON.stringify(SECURITY), { mode: 0o600 })
  await writeFile(
    at('mosquitto.conf'),
    [
      'per_listener_settings false',
      'allow_anonymous false',
      // Unlike a file of ACLs it refuses to subscribe, and does not only keep back.
      `plugin ${PLUGIN}`,
      `plugin_opt_config_file ${at('security.json')}`,
      'user root',
      `listener ${port} 127.0.0.1`,
      ...(o.tls === undefined
        ? []
        : [`listener ${tlsPort} 127.0.0.1`, `certfile ${o.tls.cert}`, `keyfile ${o.tls.key}`]),
      '',
    ].join('\n'),
  )
  const start = (): Promise<Server> =>
    startServer(['mosquitto', '-c', at('mosquitto.conf')], { port, log: at('log'), cwd: dir })
  let server = await start()
  const devices: MqttClient[] = []
  return {
    url: `mqtt://127.0.0.1:${port}`,
    tlsUrl: `mqtts://127.0.0.1:${tlsPort}`,
    async device() {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: DEVICE.user,
        password: DEVICE.password,
        reconnectPeriod: 100,
      })
      devices.push(client)
      return client
    },
    async restart() {
      await server.stop()
      server = await start()
    },
    async [Symbol.asyncDispose]() {
      for (const client of devices) await client.endAsync(true)
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
