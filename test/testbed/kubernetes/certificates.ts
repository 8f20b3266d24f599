import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { run } from './processes.ts'

/** A throw-away authority; files are `<name>.crt` and `<name>.key` in its folder. */
export interface Authority {
  readonly dir: string
  issue(name: string, subject: string, addresses?: readonly string[]): Promise<void>
  /** kubeconfig of a client certificate. */
  kubeconfig(name: string, server: string): Promise<string>
}

const DAYS = '2'

export async function makeAuthority(dir: string): Promise<Authority> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const at = (file: string): string => join(dir, file)
  await makeKey(at('ca.key'))
  const subject = ['-subj', '/CN=test', '-out', at('ca.crt')]
  await run('openssl', 'req', '-x509', '-new', '-key', at('ca.key'), '-days', DAYS, ...subject)
  await makeKey(at('service-account.key'))
  return authorityIn(dir)
}

const makeKey = (path: string): Promise<string> =>
  run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path)

/** One that was made before. */
export function authorityIn(dir: string): Authority {
  const at = (file: string): string => join(dir, file)
  return {
    dir,
    async issue(name, subject, addresses = []) {
      await makeKey(at(`${name}.key`))
      const names = addresses.map(one => (/^[\d.]+$/.test(one) ? `IP:${one}` : `DNS:${one}`))
      const usage = 'extendedKeyUsage=clientAuth,serverAuth\n'
      await writeFile(
        at(`${name}.ext`),
        names.length === 0 ? usage : `${usage}subjectAltName=${names.join(',')}\n`,
      )
      const request = at(`${name}.csr`)
      await run('openssl', 'req', '-new', '-key', at(`${name}.key`), '-subj', subject, '-out', request)
      const by = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', DAYS]
      const files = ['-in', request, '-extfile', at(`${name}.ext`), '-out', at(`${name}.crt`)]
      await run('openssl', 'x509', '-req', ...by, ...files)
    },
    async kubeconfig(name, server) {
      const path = at(`${name}.kubeconfig`)
      const text = stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster: { server, 'certificate-authority': at('ca.crt') } }],
        users: [{ name, user: { 'client-certificate': at(`${name}.crt`), 'client-key': at(`${name}.key`) } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
        'current-context': 'test',
      })
      await writeFile(path, text, { mode: 0o600 })
      return path
    },
  }
}
