import { JoulemarkError } from '../../harness/model/error.ts'
import {
  type DeployContext,
  type Deployed,
  ToolMissing,
  type ToolNeed,
  type Workload,
} from '../../harness/model/workload.ts'
import { sha256 } from '../sha256.ts'
import { corpus } from './corpus.ts'
import { CpuCompressParams } from './params.ts'
import { compressReader, LOG } from './reader.ts'

const TOOLS: Readonly<Record<CpuCompressParams['tool'], ToolNeed>> = {
  zstd: {
    name: 'zstd',
    programs: ['zstd'],
    versionArgs: ['--version'],
    versionPattern: /v([0-9][0-9.]*)/,
    packages: { apt: ['zstd'], dnf: ['zstd'], apk: ['zstd'], zypper: ['zstd'] },
  },
  '7z': {
    name: '7z',
    programs: ['7zz', '7z', '7za'],
    versionArgs: ['i'],
    versionPattern: /^7-Zip .*?\b([0-9]+\.[0-9]+)/,
    packages: { apt: ['p7zip-full'], dnf: ['p7zip-plugins'], apk: ['7zip'], zypper: ['7zip'] },
  },
}

const MIB = 1_048_576
/** A line per pass; a pass takes at least some tenths of a second. */
const LOG_BYTES_PER_WORKER = 300
const CORPUS = 'corpus'
const LOOP = 'compress-loop.sh'

/** The loop stamps with `date`, which is finer than seconds in GNU coreutils and in most builds of busybox. */
async function needFineDate({ sut }: DeployContext): Promise<void> {
  const exit = await sut.exec(['date', '+%s%N'])
  if (!/^\d{19}$/.test(exit.stdout.trim()))
    throw new ToolMissing('date with nanoseconds', sut.id, 'install GNU coreutils there')
}

async function deploy(context: DeployContext, params: CpuCompressParams): Promise<Deployed> {
  const { sut } = context
  const tool = await context.need(sut, TOOLS[params.tool])
  await needFineDate(context)
  const dir = `${context.workDir(sut)}/compress`
  context.progress(`make ${params.corpus_mib} MiB of data`)
  const content = corpus(params.seed, params.corpus_mib * MIB)
  const sum = await sha256(content)
  await sut.put(
    [
      { name: CORPUS, mode: 0o600, content },
      { name: LOOP, mode: 0o600, from: context.asset(new URL(`./${LOOP}`, import.meta.url)) },
    ],
    dir,
  )
  const workers = params.threads === 0 ? onlineCpus(context) : params.threads
  const service = await context.loadService(sut, 'compress')
  const argv = [
    '/bin/sh',
    `${dir}/${LOOP}`,
    params.tool,
    tool.path,
    String(params.level),
    String(workers),
    `${dir}/${CORPUS}`,
    String(content.length),
    sum,
    String(params.verify_every),
    `${dir}/${LOG}`,
  ]
  return {
    services: [service],
    startLoad: plan =>
      context.launch(sut, 'compress', argv, { dir, lifeSeconds: Math.ceil(plan.totalSeconds) + 60 }),
    workFiles: [{ host: sut.id, path: `${dir}/${LOG}`, name: LOG, gzip: true, maxBytes: 1_073_741_824 }],
  }
}

function onlineCpus({ facts, sut }: DeployContext): number {
  const known = facts.get(sut.id)
  if (known !== undefined) return known.cpu.threads
  throw new JoulemarkError({ code: 'facts-missing', message: `no facts of host ${sut.id} were gathered` })
}

/** One compressor per CPU over the same data, again and again: all of the machine's computing, next to no I/O. */
export const cpuCompress: Workload<CpuCompressParams> = {
  id: 'cpu-compress',
  version: '1',
  title: 'Compression',
  about:
    'zstd or 7-Zip compresses generated data in memory, one process of one thread per CPU, as often as it can. A sample of the passes is decompressed again and compared by SHA-256.',
  params: CpuCompressParams,
  functionalUnit: 'GiB',
  stamps: 'sut',
  estimate: params => ({
    workBytesPerSecond: LOG_BYTES_PER_WORKER * Math.max(1, params.threads),
    deploySeconds: 3 + params.corpus_mib / 20,
    diskBytes: params.corpus_mib * MIB * 2,
  }),
  needs: params => [{ role: 'sut', tool: TOOLS[params.tool] }],
  deploy,
  reader: compressReader,
}
