import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Proxy {
  /** `http://host:port` without user and password. */
  readonly origin: string
  /** Proxy-Authorization, where the variable has a user. */
  readonly headers: Readonly<Record<string, string>>
}

/** The proxy that the environment names for a URL: http_proxy or https_proxy in either case, unless no_proxy covers the host. */
export function proxyFor(url: URL, env: Environment): Proxy | null {
  const scheme = url.protocol.slice(0, -1)
  const named = variable(env, `${scheme}_proxy`)
  if (named === '' || isExempt(url, variable(env, 'no_proxy'))) return null
  const proxy = new URL(named.includes('://') ? named : `http://${named}`)
  if (proxy.username === '') return { origin: proxy.origin, headers: {} }
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return {
    origin: proxy.origin,
    headers: { 'proxy-authorization': `Basic ${Buffer.from(user, 'utf8').toString('base64')}` },
  }
}

const variable = (env: Environment, name: string): string =>
  (env[name] ?? env[name.toUpperCase()] ?? '').trim()

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase()

/** no_proxy: names with their subdomains, addresses, networks (`10.0.0.0/8`), each with a port if need be; `*` for all. */
function isExempt(url: URL, list: string): boolean {
  const host = bare(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return list
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true
      if (entry.includes('/')) return inNetwork(host, entry)
      const [, name = entry, itsPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? []
      if (itsPort !== undefined && itsPort !== port) return false
      const domain = bare(name).replace(/^\*?\./, '')
      return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
    })
}

function inNetwork(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/')
  const family = isIP(bare(address))
  if (
    family === 0 ||
    isIP(host) !== family ||
    !/^\d{1,3}$/.test(bits) ||
    Number(bits) > (family === 4 ? 32 : 128)
  )
    return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(bare(address), Number(bits), type)
  return list.check(host, type)
}

/** Our request's end does not end the CONNECT that was made for it: it ends by itself. */
const CONNECT_SECONDS = 30

/**
 * For https through a proxy: CONNECT, then TLS with the server itself, so that the proxy sees neither token nor points. A proxy that does not
 * answer CONNECT in `connectSeconds` is let go.
 */
export function tunnelAgent(proxy: Proxy, connectSeconds = CONNECT_SECONDS): https.Agent {
  const agent = new https.Agent({ keepAlive: false })
  agent.createConnection = (options, connected) => {
    const host = String(options.host)
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${options.port ?? 443}`
    const request = proxy.origin.startsWith('https:') ? https.request : http.request
    const connect = request(proxy.origin, {
      method: 'CONNECT',
      path: target,
      headers: { ...proxy.headers, host: target },
    })
    const late = (): unknown =>
      connect.destroy(new Error(`the proxy did not answer CONNECT within ${connectSeconds} s`))
    const timer = setTimeout(late, connectSeconds * 1000)
    connect.once('close', () => clearTimeout(timer))
    const fail = (error: Error): void => connected?.(error, connect.socket as Duplex)
    connect.once('connect', (answer, socket) => {
      clearTimeout(timer)
      if (answer.statusCode !== 200) {
        socket.destroy()
        fail(new Error(`the proxy answered ${answer.statusCode} to CONNECT`))
        return
      }
      const name = options.servername ?? host
      const secure = tls.connect({ socket, ...(isIP(name) === 0 ? { servername: name } : {}) })
      connected?.(null, secure)
    })
    connect.once('response', answer => {
      answer.resume()
      fail(new Error(`the proxy answered ${answer.statusCode} to CONNECT`))
    })
    connect.once('error', fail)
    connect.end()
    return undefined
  }
  return agent
}
