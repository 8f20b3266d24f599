import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly lines: readonly string[]
}

export interface HttpDouble extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
}

/** Answers a request; may leave it hanging or cut it. */
export type Answer = (request: Received, response: ServerResponse, index: number) => void

/** An HTTP server for faults that a real database can't be made to show. */
export async function httpDouble(answer: Answer): Promise<HttpDouble> {
  const received: Received[] = []
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const chunk of request) parts.push(chunk as Buffer)
    const body = Buffer.concat(parts)
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      lines: plain
        .toString('utf8')
        .split('\n')
        .filter(line => line !== ''),
    }
    received.push(one)
    answer(one, response, received.length - 1)
  }

  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** An answer of InfluxDB's form. */
export function json(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify({ code: status === 422 ? 'unprocessable entity' : 'invalid', message })
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(body)
}
