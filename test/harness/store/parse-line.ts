import type { FieldValue } from '../../../harness/store/line.ts'

export interface ParsedLine {
  readonly measurement: string
  readonly tags: readonly (readonly [string, string])[]
  readonly field: string
  readonly value: FieldValue
  readonly nanos: bigint
}

/**
 * Reads a line as InfluxDB 2 does: a separator counts unless the character right before it is a backslash, whatever stands before that;
 * then backslash-comma, backslash-space and backslash-equals lose their backslash, one kind after the other.
 */
export function parseLine(line: string): ParsedLine {
  const [key = '', rest = ''] = splitOnce(line, ' ')
  const [measurement = '', ...tags] = splitAll(key, ',')
  const [field = '', after = ''] = splitOnce(rest, '=')
  const end = after.startsWith('"') ? endOfText(after) : after.indexOf(' ')
  return {
    measurement,
    tags: tags.map(tag => {
      const [name = '', value = ''] = splitOnce(tag, '=')
      return [name, unescape(value)] as const
    }),
    field,
    value: valueOf(after.slice(0, end)),
    nanos: BigInt(after.slice(end + 1)),
  }
}

function endOfText(text: string): number {
  for (let i = 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1
    else if (text[i] === '"') return i + 1
  }
  throw new Error('a text without end')
}

function valueOf(text: string): FieldValue {
  if (text.startsWith('"'))
    return { type: 'text', value: text.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\') }
  if (text.endsWith('i')) return { type: 'integer', value: BigInt(text.slice(0, -1)) }
  return { type: 'float', value: Number(text) }
}

const unescape = (text: string): string =>
  text.replaceAll('\\,', ',').replaceAll('\\ ', ' ').replaceAll('\\=', '=')

function splitAll(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i <= text.length; i += 1) {
    if (i < text.length && (text[i] !== separator || text[i - 1] === '\\')) continue
    parts.push(text.slice(from, i))
    from = i + 1
  }
  return parts
}

function splitOnce(text: string, separator: string): readonly string[] {
  const [first = '', ...others] = splitAll(text, separator)
  return [first, others.join(separator)]
}
