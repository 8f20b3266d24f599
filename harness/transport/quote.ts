import { JoulemarkError } from '../model/error.ts'

/** Linux refuses a single argument of 128 KiB (MAX_ARG_STRLEN); the login shell gets our command as one. */
const MAX_COMMAND_BYTES = 120_000

/**
 * One word for a shell: bash, dash, busybox ash, zsh and fish all read the result as exactly this word.
 * Everything stands in single quotes except `'` and `\`, which stand in double quotes, because fish gives a backslash in
 * single quotes a meaning and POSIX shells do not. Words with NUL or a lone surrogate can't be said in argv: error.
 */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw unspeakable(word, 'a NUL byte')
  if (!word.isWellFormed()) throw unspeakable(word, 'half of a UTF-16 surrogate pair')
  if (word === '') return "''"
  return word.replace(/['\\]+|[^'\\]+/g, piece =>
    piece.startsWith("'") || piece.startsWith('\\') ? `"${piece.replaceAll('\\', '\\\\')}"` : `'${piece}'`,
  )
}

/** A whole argv as one command line that replaces the login shell. Error: no program, or too long for the kernel. */
export function encodeCommand(argv: readonly string[]): string {
  const program = argv[0]
  if (program === undefined || program === '' || program.startsWith('-'))
    throw new JoulemarkError({
      code: 'bad-program',
      message: `“${program ?? ''}” can't be the name of a program`,
    })
  const line = `exec ${argv.map(quoteWord).join(' ')}`
  const bytes = Buffer.byteLength(line)
  if (bytes > MAX_COMMAND_BYTES)
    throw new JoulemarkError({
      code: 'command-too-long',
      message: `a command of ${bytes} bytes is longer than a host takes (${MAX_COMMAND_BYTES})`,
      hint: 'hand long content over as a file or on stdin',
    })
  return line
}

const unspeakable = (word: string, what: string) =>
  new JoulemarkError({
    code: 'bad-word',
    message: `a word of a command holds ${what}: ${JSON.stringify(word.slice(0, 80))}`,
  })
