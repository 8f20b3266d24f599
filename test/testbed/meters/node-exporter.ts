import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startServer } from './server.ts'

/** Prometheus' node_exporter (Debian's) over a tree of powercap of our own. */
export interface NodeExporter extends AsyncDisposable {
  readonly url: string
  /** The counter's file; it is replaced whole. */
  readonly file: string
  /** Sets the counter of the package, µJ. */
  set(microjoules: number): Promise<void>
}

export async function startNodeExporter(): Promise<NodeExporter> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-exporter-'))
  const zone = async (name: string, kind: string): Promise<string> => {
    const folder = join(dir, 'sys/class/powercap', name)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'name'), `${kind}\n`)
    await writeFile(join(folder, 'max_energy_range_uj'), '262143328850\n')
    await writeFile(join(folder, 'energy_uj'), '1000000\n')
    return folder
  }
  const folder = await zone('intel-rapl:0', 'package-0')
  await zone('intel-rapl:0:0', 'core')
  await mkdir(join(dir, 'sys/class/powercap/intel-rapl'), { recursive: true })
  // Whole or not at all: the kernel's file is never empty.
  const set = async (microjoules: number): Promise<void> => {
    await writeFile(join(folder, 'next'), `${microjoules}\n`)
    await rename(join(folder, 'next'), join(folder, 'energy_uj'))
  }
  await set(240_422_366_267)
  const port = await freePort()
  const server = await startServer(
    [
      'prometheus-node-exporter',
      `--path.sysfs=${dir}/sys`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--collector.disable-defaults',
      '--collector.rapl',
    ],
    { port, log: join(dir, 'log') },
  )
  return {
    url: `http://127.0.0.1:${port}`,
    file: join(folder, 'energy_uj'),
    set,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
