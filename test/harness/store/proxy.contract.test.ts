import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { syncCampaign } from '../../../harness/store/sync.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { startInfluxd } from '../../testbed/influxd.ts'
import { campaignWithRuns } from './campaign.ts'
import { expectAllStored, sinkInto } from './database.ts'

test('https through a proxy: the tunnel carries TLS with the server itself', async () => {
  await using dir = await temporaryFolder()
  await using influxd = await startInfluxd()
  const { bucket } = influxd
  const pem = join(dir.path, 'server.pem')
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=influx.invalid'
  const names = ['-addext', 'subjectAltName=DNS:influx.invalid', '-keyout', pem, '-out', `${pem}.crt`]
  await promisify(execFile)('openssl', [...request.split(' '), ...names])
  const cert = await readFile(`${pem}.crt`, 'utf8')
  const tlsDoor = createTlsServer({ key: await readFile(pem), cert }, socket => {
    const inner = connect(influxd.port, '127.0.0.1')
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  }).listen(0, '127.0.0.1')
  const asked: string[] = []
  const proxy = createHttpServer().on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
    const inner = connect(portOf(tlsDoor), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  })
  proxy.listen(0, '127.0.0.1')
  const trusted = getCACertificates()
  try {
    await once(proxy, 'listening')
    const archive = await campaignWithRuns(dir.path, 1)
    const o = {
      ...sinkInto({ influxd, archive, bucket, connection: { url: 'https://influx.invalid:8443' } }),
      env: { HTTPS_PROXY: `http://me:pass@127.0.0.1:${portOf(proxy)}` },
      patienceSeconds: 1,
    }
    expect(await syncCampaign(o)).toMatchObject({
      complete: false,
      waitingBecause: expect.stringMatching(/self.signed/),
    })
    setDefaultCACertificates([...trusted, cert])
    expect(await syncCampaign(o)).toMatchObject({ complete: true })
    expect(new Set(asked)).toEqual(
      new Set([`influx.invalid:8443 Basic ${Buffer.from('me:pass').toString('base64')}`]),
    )
  } finally {
    setDefaultCACertificates(trusted)
    proxy.close()
    tlsDoor.close()
  }
  await expectAllStored(influxd, bucket, 1)
})

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
