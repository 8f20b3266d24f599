/** Exit codes of the command; documented in docs/exit-codes.md. */
export const EXIT = {
  ok: 0,
  /** Anything not foreseen: a defect of ours. */
  defect: 1,
  /** The command line or the campaign file is wrong; nothing was started. */
  usage: 2,
  /** Compare: the campaigns may not be compared. Qualify: the campaign can't tell. */
  refused: 3,
  /** A host or service could not be reached, or refused us. */
  unreachable: 4,
  /** A foreign lock stands on a machine. */
  locked: 5,
  /** An archive fails its hashes, or is not what was recorded. */
  corrupt: 6,
  /** The campaign ended, but a run is invalid or a workload failed. Qualify: the sensor failed. */
  invalid: 7,
  /** Clean-up left something behind. */
  leftBehind: 8,
  /** sync: points are still waiting or were refused. */
  unsynced: 9,
  /** resume: tool version or environment changed. */
  changed: 10,
  /** Stopped by the user (Ctrl-C, SIGTERM). */
  interrupted: 130,
} as const
export type ExitName = keyof typeof EXIT

/** Where something is wrong: a place in a file, or a path into data. */
export interface Place {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Path into the document, e.g. `targets[0].hosts.web.adress`. */
  readonly path?: string
}

/**
 * The one error type that is meant for people: what happened, where, why, what to do.
 * `code` is permanent (kebab-case); `exit` picks the exit code. Only harness/cli prints or exits.
 */
export class JoulemarkError extends Error {
  readonly code: string
  readonly exit: ExitName
  readonly hint: string | undefined
  readonly place: Place | undefined
  /** What of it may go into an archive, where the message names what is nobody's business. */
  readonly publicMessage: string | undefined
  /** Several problems found at once, e.g. in a campaign file. */
  readonly problems: readonly Problem[]

  constructor(o: {
    code: string
    message: string
    exit?: ExitName
    hint?: string
    place?: Place
    publicMessage?: string
    problems?: readonly Problem[]
    cause?: unknown
  }) {
    super(o.message, o.cause === undefined ? undefined : { cause: o.cause })
    this.name = 'JoulemarkError'
    this.code = o.code
    this.exit = o.exit ?? 'defect'
    this.hint = o.hint
    this.place = o.place
    this.publicMessage = o.publicMessage
    this.problems = o.problems ?? []
  }
}

/** One thing wrong in a file that a person wrote. */
export interface Problem {
  readonly code: string
  readonly place: Place
  /** One sentence, with what is allowed. */
  readonly message: string
}
