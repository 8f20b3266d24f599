import type { Service } from '../../harness/model/collector.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import {
  type DeployContext,
  type Deployed,
  loadFolder,
  type ToolNeed,
  type Workload,
} from '../../harness/model/workload.ts'
import { sha256 } from '../sha256.ts'
import { servedFile } from './content.ts'
import { type Generator, RAW, SUMMARY, startK6 } from './load.ts'
import { nginxConfig } from './nginx-config.ts'
import { WebStaticParams } from './params.ts'
import { k6Reader } from './reader.ts'

const NGINX: ToolNeed = {
  name: 'nginx',
  programs: ['nginx'],
  versionArgs: ['-v'],
  versionPattern: /nginx\/([0-9][0-9.]*)/,
  packages: { apt: ['nginx-light'], dnf: ['nginx'], apk: ['nginx'], zypper: ['nginx'] },
}

const K6: ToolNeed = {
  name: 'k6',
  programs: ['k6'],
  versionArgs: ['version'],
  // It prints the name by which it was called.
  versionPattern: /^\S+ v?([0-9]+\.[0-9]\S*)/,
  copyFromController: true,
  hint: '`scripts/get-k6` builds it where there is Go; https://grafana.com/docs/k6 names other ways',
}

/** Accounts that serve web pages or nothing at all, on the distributions we know. */
const USERS = ['www-data', 'nginx', 'http', 'nobody']
const BATCH_BYTES = 8_388_608
/** A record of a request is about 0.11 kB in k6's compressed output. */
const RECORD_BYTES = 120

type Site = { readonly name: string; readonly bytes: number; readonly sha256: string }[]

async function putSite(context: DeployContext, params: WebStaticParams, dir: string): Promise<Site> {
  const site: Site = []
  const bytes = params.file_kib * 1024
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / bytes))
  for (let first = 0; first < params.files; first += perBatch) {
    const count = Math.min(perBatch, params.files - first)
    const files = Array.from({ length: count }, (_, i) => servedFile(params.seed, first + i, bytes))
    await context.sut.put(
      files.map(({ name, content }) => ({ name, content, mode: 0o644 })),
      `${dir}/www`,
    )
    for (const { name, content } of files) site.push({ name, bytes, sha256: await sha256(content) })
  }
  return site
}

/** Gives the server's account its folder, the contents first: nothing of ours is written there any more. */
async function handOver({ sut }: DeployContext, dir: string, user: string): Promise<void> {
  const exit = await sut.exec(['chown', '-hR', '--', `${user}:`, dir])
  if (exit.code === 0) return
  throw new JoulemarkError({
    code: 'nginx-setup',
    message: `nginx on host ${sut.id}: could not give user ${user} its folder: ${exit.stderr.trim().slice(-600)}`,
    exit: 'invalid',
  })
}

/** `-e` came with 1.19.5; before, nginx first opens the log that it was built with, and goes on when it may not. */
function hasErrorLogFlag(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major > 1 || minor > 19 || (minor === 19 && patch >= 5)
}

async function deploy(context: DeployContext, params: WebStaticParams): Promise<Deployed> {
  const { sut } = context
  const generators = await findGenerators(context)
  const nginx = await context.need(sut, NGINX)
  const { path: dir, user } = await context.privateDir(sut, 'nginx', USERS)
  context.progress('make the site')
  const files = await putSite(context, params, dir)
  const address = await context.sutAddress()
  const port = await context.freePort(sut)
  const config = nginxConfig({ dir, address, port, workers: params.workers, connections: params.vus_max })
  await sut.put([{ name: 'nginx.conf', mode: 0o644, content: config }], dir)
  if (user !== null) await handOver(context, dir, user)
  const server = await context.service(
    sut,
    'nginx',
    [
      nginx.path,
      '-p',
      dir,
      '-c',
      `${dir}/nginx.conf`,
      ...(hasErrorLogFlag(nginx.version) ? ['-e', `${dir}/error.log`] : []),
    ],
    {
      cwd: dir,
      stopSignal: 'QUIT',
      deadlineSeconds: 20,
      ready: ['test', '-s', `${dir}/nginx.pid`],
      ...(user === null ? {} : { user }),
    },
  )
  const mark = context.secret().slice(0, MARK_DIGITS)
  const loads: Service[] = []
  for (const [i, { host }] of generators.entries())
    loads.push(await context.loadService(host, i === 0 ? 'loadgen' : `loadgen-${i + 1}`))
  return {
    services: [server, ...loads],
    startLoad: plan => startK6({ context, params, generators, mark, address, port, files, plan }),
    workFiles: generators.flatMap(({ host, dir: at, folder }) => [
      { host: host.id, path: `${at}/${RAW}`, name: `${folder}${RAW}`, gzip: false, maxBytes: 8_589_934_592 },
      {
        host: host.id,
        path: `${at}/${SUMMARY}`,
        name: `${folder}${SUMMARY}`,
        gzip: false,
        maxBytes: 1_048_576,
        optional: true,
      },
    ]),
  }
}

const MARK_DIGITS = 16

async function findGenerators(context: DeployContext): Promise<readonly Generator[]> {
  const { loadgens } = context
  const found: Generator[] = []
  for (const [i, host] of loadgens.entries()) {
    const { path } = await context.need(host, K6)
    const folder = loadgens.length === 1 ? '' : loadFolder(i)
    found.push({ host, k6: path, dir: `${context.workDir(host)}/load`, folder })
  }
  return found
}

/** nginx serves generated files; k6 asks for them at a constant rate and compares a sample with what must come. */
export const webStatic: Workload<WebStaticParams> = {
  id: 'web-static',
  version: '2',
  title: 'Static web pages',
  about:
    'nginx serves files generated from a seed; k6 starts requests at a constant rate over connections that stay open. Its latency is service time (http_req_duration: from sending to the last byte; waiting for a connection and connecting are not in it). Requests are due by the clock, whether or not answers came, so a slow server does not slow the load: while there are virtual users each is started when due, without one it is dropped, and a run with dropped requests is invalid; how late k6 itself starts a request is not recorded. A sample of the answers is compared by SHA-256.',
  params: WebStaticParams,
  functionalUnit: 'request',
  asked: ({ rate }) => ({ unitsPerSecond: rate, arrivals: 'even' }),
  estimate: params => ({
    workBytesPerSecond: params.rate * RECORD_BYTES,
    deploySeconds: 5 + (params.files * params.file_kib) / 8192,
    diskBytes: params.files * params.file_kib * 1024 + 80_000_000,
  }),
  pods: { load: 'many' },
  needs: () => [
    { role: 'sut', tool: NGINX },
    { role: 'loadgen', tool: K6 },
  ],
  deploy,
  reader: k6Reader,
}
