import { z } from 'zod'
import { type ExitName, JoulemarkError } from '../../model/error.ts'

/** meta/v1 Status, as far as it is read. */
const Status = z.object({
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
})

const MOST_SAID = 500
const API_SERVER = 'the API server'

const CODES: Readonly<Record<number, readonly [code: string, exit: ExitName, hint?: string]>> = {
  401: ['kube-unauthorized', 'unreachable', 'the credentials of the context are wrong or have expired'],
  403: ['kube-forbidden', 'unreachable', 'joulemark rbac prints the rights that are needed'],
  404: ['kube-not-found', 'unreachable'],
  409: ['kube-conflict', 'unreachable'],
  410: ['kube-gone', 'unreachable'],
  422: ['kube-invalid', 'invalid'],
  429: ['kube-busy', 'unreachable'],
}

/** What the server answered, as an error: code by status, message as it said it. */
export function answerError(
  {
    method,
    path,
    who = API_SERVER,
  }: { readonly method: string; readonly path: string; readonly who?: string },
  status: number,
  body: Uint8Array,
): JoulemarkError {
  const said = saidBy(Buffer.from(body).toString('utf8'))
  const [code, exit, hint] = CODES[status] ?? [
    status >= 500 ? 'kube-unavailable' : 'kube-refused',
    'unreachable',
  ]
  return new JoulemarkError({
    code,
    exit,
    message: `${who} answered ${method} ${path} with ${status}${said === '' ? '' : `: ${said}`}`,
    // Paths name namespaces, and what is said may name users.
    publicMessage: `${who} answered ${method} with ${status} (${code})`,
    ...(hint === undefined ? {} : { hint }),
  })
}

function saidBy(text: string): string {
  let said = text
  try {
    const status = Status.safeParse(JSON.parse(text))
    if (status.success) said = status.data.message ?? status.data.reason ?? ''
  } catch {
    // a proxy's page, or nothing
  }
  return said
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MOST_SAID)
}

/** No answer came. */
export const lostError = (cause: unknown, who = API_SERVER): JoulemarkError =>
  new JoulemarkError({
    code: 'kube-unreachable',
    exit: 'unreachable',
    message: `${who} can't be reached: ${cause instanceof Error ? causeText(cause) : String(cause)}`,
    // What the system says names addresses.
    publicMessage: `${who} can't be reached${codeText(cause)}`,
    ...(who === API_SERVER
      ? { hint: 'look at the server of the context in the kubeconfig: kubectl cluster-info' }
      : {}),
    cause,
  })

function codeText(cause: unknown): string {
  const { code } = (cause instanceof Error ? cause : {}) as NodeJS.ErrnoException
  return code === undefined ? '' : ` (${code})`
}

const causeText = (error: Error): string => {
  const { code } = error as NodeJS.ErrnoException
  return error.message !== '' ? error.message : (code ?? error.name)
}

/** It may be better in a moment. A certificate that is not trusted will not. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof JoulemarkError)) return false
  if (error.code === 'kube-busy' || error.code === 'kube-unavailable') return true
  if (error.code !== 'kube-unreachable') return false
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
  return code === undefined || !/CERT|SELF_SIGNED|TLS|SSL|ENOTFOUND/.test(code)
}
