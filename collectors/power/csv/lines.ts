import { FileFlaw } from '../../../harness/model/attachment.ts'

/** A line of a file, from 1. */
export interface Line {
  readonly number: number
  readonly text: string
}

export type Encoding = 'utf-8' | 'utf-16le' | 'windows-1252'

/** No row of an analyzer is longer, characters. */
const MOST_CHARACTERS = 65_536

/** Cuts bytes into lines as they come: LF or CR LF, a byte order mark left out. @throws FileFlaw */
export function lineReader(encoding: Encoding): {
  push(bytes: Uint8Array): readonly Line[]
  end(): readonly Line[]
} {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let rest = ''
  let number = 0
  const decoded = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch {
      const readable =
        bytes === undefined ? '' : (new TextDecoder(encoding).decode(bytes).split('\ufffd')[0] ?? '')
      throw new FileFlaw(`it is not ${encoding}: name its \`encoding\``, {
        line: number + readable.split('\n').length,
      })
    }
  }
  const lineOf = (text: string): Line => {
    number += 1
    const bare = text.endsWith('\r') ? text.slice(0, -1) : text
    if (bare.length > MOST_CHARACTERS) throw tooLong(number)
    if (/[\r\0]/.test(bare)) throw new FileFlaw('it holds control characters', { line: number })
    return { number, text: bare }
  }
  return {
    push(bytes) {
      const parts = (rest + decoded(bytes)).split('\n')
      rest = parts.pop() ?? ''
      const lines = parts.map(lineOf)
      if (rest.length > MOST_CHARACTERS) throw tooLong(number + 1)
      return lines
    },
    end() {
      const last = rest + decoded()
      rest = ''
      return last === '' ? [] : last.split('\n').map(lineOf)
    },
  }
}

const tooLong = (line: number): FileFlaw =>
  new FileFlaw(`it is longer than ${MOST_CHARACTERS} characters`, { line })

/** Fields of one line (RFC 4180, section 2); a line break within quotes is not taken, for no reading holds one. @throws FileFlaw */
export function fieldsOf({ number, text }: Line, delimiter: string): readonly string[] {
  if (!text.includes('"')) return text.split(delimiter)
  const fields: string[] = []
  for (let at = 0; ; ) {
    const { field, end } = text[at] === '"' ? quoted(text, at, number) : bare(text, at, delimiter, number)
    fields.push(field)
    if (end === text.length) return fields
    if (text[end] !== delimiter)
      throw new FileFlaw('something follows the closing quote', { line: number, column: fields.length })
    at = end + 1
  }
}

interface Field {
  readonly field: string
  readonly end: number
}

function bare(text: string, at: number, delimiter: string, line: number): Field {
  const found = text.indexOf(delimiter, at)
  const end = found < 0 ? text.length : found
  const field = text.slice(at, end)
  if (field.includes('"'))
    throw new FileFlaw('a quote stands within a field that does not begin with one', { line })
  return { field, end }
}

function quoted(text: string, at: number, line: number): Field {
  let field = ''
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) throw new FileFlaw('a quote is not closed', { line })
    field += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { field, end: quote + 1 }
    field += '"'
    from = quote + 2
  }
}
