import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'
import { EXIT } from '../model/error.ts'
import { cleanText } from './clean-text.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where the command writes: results to `out`, everything about the way there to `err`. Both write control characters of their text as text. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** To `err`, with control sequences of our own; what it holds of other text has been through `cleanLine`. */
  draw(text: string): void
  /** A person sees `err` and it can be redrawn. */
  readonly live: boolean
  /** Somebody can answer. */
  readonly asks: boolean
  columns(): number
  rows(): number
  /** Colour where the stream shows it (NO_COLOR and FORCE_COLOR are honoured). */
  style(style: Style, text: string): string
}

/** Streams of a process; tests hand in their own. */
interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
}

/** The process's own terminal. A closed pipe, a window that is gone and a full disk end the writing, not the campaign. */
export function processTerminal(streams: Streams = process): Terminal {
  const { stdin, stderr } = streams
  stdin.on('error', throwUnlessGone)
  const err = writer(stderr, () => {})
  const out = writer(streams.stdout, error => {
    err(`joulemark: standard output can not be written: ${error.message}\n`)
    process.exitCode = EXIT.usage
  })
  return {
    out: text => out(cleanText(text)),
    err: text => err(cleanText(text)),
    draw: err,
    live: stderr.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    asks: stdin.isTTY === true && stderr.isTTY === true,
    columns: () => stderr.columns ?? 100,
    rows: () => stderr.rows ?? 24,
    style: (style, text) => styleText(style, text, { stream: stderr }),
  }
}

/** Writes until the other end is gone. A stream that fails otherwise (a full disk) is told once. */
function writer(stream: Writable, failed: (error: Error) => void): (text: string) => void {
  let gone = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone && !isGone(error)) failed(error)
    gone = true
  })
  return text => {
    if (!gone) stream.write(text)
  }
}

/** A reader that has ended (EPIPE), and a terminal whose window or connection was closed (EIO, ENXIO). */
const isGone = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EPIPE' || code === 'EIO' || code === 'ENXIO'

function throwUnlessGone(error: NodeJS.ErrnoException): void {
  if (!isGone(error)) throw error
}
