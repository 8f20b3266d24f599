type Env = Readonly<Record<string, string | undefined>>

const either = (env: Env, name: string): string | undefined => {
  const value = env[name] ?? env[name.toLowerCase()]
  return value === undefined || value === '' ? undefined : value
}

const quoted = (text: string): string | null => (/["\\\s]|[^\x20-\x7e]/.test(text) ? null : `"${text}"`)

/**
 * The controller's HTTP_PROXY, HTTPS_PROXY and NO_PROXY as a configuration file of apt (apt.conf(5), apt-transport-http(1)); null: none is
 * set. apt knows exceptions for whole host names alone: a NO_PROXY entry of another form is left out.
 */
export function aptProxyConfig(env: Env): string | null {
  const lines: string[] = []
  for (const [scheme, name] of [
    ['http', 'HTTP_PROXY'],
    ['https', 'HTTPS_PROXY'],
  ] as const) {
    const proxy = quoted(either(env, name) ?? ' ')
    if (proxy === null) continue
    lines.push(`Acquire::${scheme}::Proxy ${proxy};`)
    for (const host of (either(env, 'NO_PROXY') ?? '').split(',').map(item => item.trim()))
      if (/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(host)) lines.push(`Acquire::${scheme}::Proxy::${host} "DIRECT";`)
  }
  return lines.length === 0 ? null : `${lines.join('\n')}\n`
}

/** The same for dnf, zypper and apk, as shell that is read from a file of mode 0600. */
export function shellProxyConfig(env: Env): string | null {
  const lines = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap(name => {
    const value = either(env, name)
    if (value === undefined || /['\s]|[^\x20-\x7e]/.test(value)) return []
    return [name, name.toLowerCase()].map(key => `export ${key}='${value}'`)
  })
  return lines.length === 0 ? null : `${lines.join('\n')}\n`
}
