import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../model/error.ts'
import { type Kube, makeKube } from './kube.ts'

export interface KubeconfigPlace {
  /** Absolute path; absent: $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string
  /** Default: the file's current context. */
  readonly context?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Reads a kubeconfig and picks the context. Nothing is sent. */
export async function openKube(o: KubeconfigPlace): Promise<Kube> {
  const files = kubeconfigFiles(o)
  for (const file of files) await mustRead(file)
  // Loaded only where there is a cluster: reading it takes longer than all the rest of a command's start.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    for (const [index, file] of files.entries()) {
      if (index === 0) {
        config.loadFromFile(file)
        continue
      }
      const more = new KubeConfig()
      more.loadFromFile(file)
      config.mergeConfig(more)
    }
  } catch (cause) {
    throw new JoulemarkError({
      code: 'kubeconfig',
      exit: 'usage',
      message: `kubeconfig ${files.join(', ')} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    })
  }
  if (o.context !== undefined) pick(config, o.context, files)
  const context = JSON.stringify(config.getCurrentContext())
  if (config.getCurrentCluster() !== null && config.getCurrentUser() === null)
    throw new JoulemarkError({
      code: 'kube-context',
      exit: 'usage',
      message: `context ${context} of kubeconfig ${files.join(', ')} names no user that is there`,
      hint: 'kubectl config view shows contexts and users',
    })
  return makeKube(config)
}

function pick(
  config: { getContexts(): { readonly name: string }[]; setCurrentContext(name: string): void },
  context: string,
  files: readonly string[],
): void {
  const names = config.getContexts().map(({ name }) => name)
  if (!names.includes(context))
    throw new JoulemarkError({
      code: 'kube-context',
      exit: 'usage',
      message: `kubeconfig ${files.join(', ')} has no context ${JSON.stringify(context)}`,
      hint: names.length === 0 ? 'it has none at all' : `it has ${names.sort().join(', ')}`,
    })
  config.setCurrentContext(context)
}

function kubeconfigFiles({ kubeconfig, env }: KubeconfigPlace): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig]
  const listed = (env['KUBECONFIG'] ?? '').split(':').filter(file => file !== '')
  return listed.length > 0 ? listed : [join(env['HOME'] ?? '/', '.kube', 'config')]
}

async function mustRead(file: string): Promise<void> {
  try {
    await access(file)
  } catch (cause) {
    throw new JoulemarkError({
      code: 'kubeconfig',
      exit: 'usage',
      message: `there is no kubeconfig ${file} that can be read`,
      hint: 'name it in the campaign file (kubeconfig: PATH), or set KUBECONFIG',
      cause,
    })
  }
}
