import { JoulemarkError } from '../../harness/model/error.ts'
import type { DetachedRef } from '../../harness/model/target.ts'
import {
  type DeployContext,
  type Deployed,
  type LoadPlan,
  ToolMissing,
  type ToolNeed,
  type Workload,
} from '../../harness/model/workload.ts'
import { sha256 } from '../sha256.ts'
import { corpus } from './corpus.ts'
import { LOG } from './log.ts'
import { CpuCompressParams } from './params.ts'
import { compressReader } from './reader.ts'

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
/** Two lines per pass; a pass takes at least some tenths of a second. */
const LOG_BYTES_PER_WORKER = 450
const CORPUS = 'corpus'
const LOOP = 'compress-loop.sh'
const HALT = 'halt'
/** For the passes under way when the load is told to end; after it they are killed, and the log says so. */
const END_SECONDS = 600
/** How long the host is asked at once. */
const LOOK_SECONDS = 15

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
  const startLoad = async (plan: LoadPlan): Promise<readonly DetachedRef[]> => {
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
      // So that of each compressor a pass that reaches into the window is checked.
      String(Math.max(1, Math.floor(plan.windowSeconds / 2))),
      `${dir}/${HALT}`,
      `${dir}/${LOG}`,
    ]
    const ref = await context.launch(sut, 'compress', argv, {
      dir,
      lifeSeconds: Math.ceil(plan.totalSeconds) + END_SECONDS + 60,
    })
    return [ref]
  }
  return {
    services: [service],
    startLoad,
    endLoad: async ([ref]) => {
      if (ref !== undefined) await endLoop(context, dir, ref)
    },
    workFiles: [{ host: sut.id, path: `${dir}/${LOG}`, name: LOG, gzip: true, maxBytes: 1_073_741_824 }],
  }
}

/** Waits so many seconds at most for a process to end. */
const WAIT = `
n=$2; while kill -0 "$1" 2>/dev/null && [ "$n" -gt 0 ]; do sleep 1; n=$((n - 1)); done; true`

/** Lets every compressor finish its pass: the one across the end of the last window is work of that window. */
async function endLoop({ sut, signal }: DeployContext, dir: string, ref: DetachedRef): Promise<void> {
  await sut.put([{ name: HALT, mode: 0o600, content: '' }], dir)
  for (let left = END_SECONDS; left > 0 && !signal.aborted; left -= LOOK_SECONDS) {
    const status = await sut.status(ref)
    if (status.state !== 'running') break
    await sut.exec(['/bin/sh', '-c', WAIT, 'sh', String(status.pid), String(LOOK_SECONDS)], {
      deadlineSeconds: LOOK_SECONDS + 30,
    })
  }
  await sut.stop(ref)
}

function onlineCpus({ facts, sut }: DeployContext): number {
  const known = facts.get(sut.id)
  if (known !== undefined) return known.cpu.threads
  throw new JoulemarkError({ code: 'facts-missing', message: `no facts of host ${sut.id} were gathered` })
}

/** One compressor per CPU over the same data, again and again: all of the machine's computing, next to no I/O. */
export const cpuCompress: Workload<CpuCompressParams> = {
  id: 'cpu-compress',
  version: '2',
  title: 'Compression',
  about:
    'zstd or 7-Zip compresses generated data in memory, one process of one thread per CPU, as often as it can. A pass across the edge of a window counts by the part of its time in it; at the end every pass is finished. A sample of the passes is decompressed again and compared by SHA-256.',
  params: CpuCompressParams,
  functionalUnit: 'GiB',
  stamps: 'sut',
  estimate: params => ({
    workBytesPerSecond: LOG_BYTES_PER_WORKER * Math.max(1, params.threads),
    deploySeconds: 3 + params.corpus_mib / 20,
    diskBytes: params.corpus_mib * MIB * 2,
  }),
  pods: { load: 'none' },
  needs: params => [{ role: 'sut', tool: TOOLS[params.tool] }],
  deploy,
  reader: compressReader,
}
