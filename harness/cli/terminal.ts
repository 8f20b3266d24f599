import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where the command writes: results to `out`, everything about the way there to `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** A person sees `err` and it can be redrawn. */
  readonly live: boolean
  /** Somebody can answer. */
  readonly asks: boolean
  columns(): number
  rows(): number
  /** Colour where the stream shows it (NO_COLOR and FORCE_COLOR are honoured). */
  style(style: Style, text: string): string
}

/** The process's own terminal. A closed pipe ends the writing, not the campaign. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosed)
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    live: process.stderr.isTTY && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    asks: process.stdin.isTTY && process.stderr.isTTY,
    columns: () => process.stderr.columns ?? 100,
    rows: () => process.stderr.rows ?? 24,
    style: (style, text) => styleText(style, text, { stream: process.stderr }),
  }
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
