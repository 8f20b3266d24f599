import type { Readable, Writable } from 'node:stream'
import type { HostLink } from '../model/target.ts'

export interface ChannelExit {
  readonly code: number | null
  readonly signal: string | null
}

/** One command that runs on a host, as raw streams. Both outputs must be read, or the command waits. */
export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** The program ended; its outputs may still hold bytes. Rejects with a JoulemarkError when the connection is lost. */
  readonly exit: Promise<ChannelExit>
  /** Signals the command's process group, as far as the other side lets us. */
  kill(signal: 'TERM' | 'KILL'): void
  /** Lets go of the streams; safe to call at any time, more than once. */
  close(): void
}

/** Seconds that a file of so many bytes may take over a channel: at least 64 KiB a second are expected of a connection. */
export const transferSeconds = (bytes: number): number => 60 + bytes / (64 * 1024)

export interface OpenOptions {
  /** Nothing will be written to stdin: it may be left out, where the command's end and that of its input might cross. */
  readonly noInput?: boolean
}

/** The way to a machine: it runs argv there and nothing else. Reconnects by itself after `hush`. */
export interface Door extends AsyncDisposable {
  /** `kill` of its channels surely reaches processes of our own user. */
  readonly signals: boolean
  /** Rejects with JoulemarkError (exit `unreachable`) when the machine can't be reached. */
  readonly open: (argv: readonly string[], o?: OpenOptions) => Promise<Channel>
  /** The same beside what is going on, over a connection of its own where a connection may be full. */
  readonly aside: (argv: readonly string[], o?: OpenOptions) => Promise<Channel>
  /** Ends the connection; the next `open` connects again. */
  hush(): Promise<void>
  /** How the machine is reached; connects if need be. */
  link(): Promise<HostLink>
}
