export interface NginxSite {
  /** Folder of this instance: pid, temporary files, error log and www/ lie here. */
  readonly dir: string
  readonly address: string
  readonly port: number
  /** 0: one per CPU. */
  readonly workers: number
  /** Connections at the same time, of clients. */
  readonly connections: number
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

export const listenAddress = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/**
 * A configuration that stands alone: nothing outside of `dir` is read or written, nothing is logged per request. The folder's path has no
 * character that means something to nginx (it is made of our own names).
 */
export function nginxConfig(site: NginxSite): string {
  const { dir } = site
  return `daemon off;
worker_processes ${site.workers === 0 ? 'auto' : site.workers};
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections ${Math.max(512, site.connections * 2 + 64)}; }
http {
  access_log off;
${TEMPORARY.map(name => `  ${name}_temp_path ${dir}/${name};`).join('\n')}
  default_type text/plain;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  server_tokens off;
  server {
    listen ${listenAddress(site.address, site.port)};
    server_name sut;
    root ${dir}/www;
  }
}
`
}
