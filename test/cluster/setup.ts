import type { TestProject } from 'vitest/node'
import { startCluster } from '../testbed/kubernetes/cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Name of the cluster of all tests here. */
    cluster: string
  }
}

/** One cluster for all files: each leaves it as it was. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const name = String(process.pid)
  const cluster = await startCluster(name)
  project.provide('cluster', name)
  return async () => {
    await cluster[Symbol.asyncDispose]()
  }
}
