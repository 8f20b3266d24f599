import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import type { Place, Problem } from '../model/error.ts'

export type Path = readonly (string | number)[]

/** A campaign file is written by hand; anything larger is a mistake. */
const MAX_CHARACTERS = 1_048_576
/** Aliases multiply: a bound keeps a small file from becoming a large value. */
const MAX_ALIASES = 100

/** A YAML file that can be read: its value, and where everything in it stands. */
export interface SourceDocument {
  readonly value: unknown
  /** Place of a value, or of the key that holds it; of the nearest thing around it when it is not there. */
  place(path: Path, part?: 'value' | 'key'): Place
}

export type ParsedSource =
  | { readonly ok: true; readonly document: SourceDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads YAML 1.2. Syntax errors, duplicate keys, unknown tags and too many aliases are problems with places. */
export function parseSource(text: string, file: string): ParsedSource {
  if (text.length > MAX_CHARACTERS) {
    return refuse({ file, line: 1, column: 1 }, `is longer than ${MAX_CHARACTERS} characters`)
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { file, line, column: col }
  }
  const broken = [...document.errors, ...document.warnings]
  const deepest = broken.findLast(e => isTooDeep(e.message))
  if (deepest !== undefined) return refuse(at(deepest.pos[0]), TOO_DEEP)
  if (broken.length > 0) {
    return {
      ok: false,
      problems: broken.map(e => ({ code: 'yaml', place: at(e.pos[0]), message: plain(e.code, e.message) })),
    }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return refuse(at(0), isTooDeep(message) ? TOO_DEEP : message)
  }
  return {
    ok: true,
    document: {
      value,
      place: (path, part = 'value') => ({ ...at(offsetOf(document, path, part)), path: pathText(path) }),
    },
  }
}

const refuse = (place: Place, message: string): ParsedSource => ({
  ok: false,
  problems: [{ code: 'yaml', place, message }],
})

/** What the parser passes on when lists or sections lie in each other a thousand times. */
const isTooDeep = (message: string): boolean => message.includes('call stack')
const TOO_DEEP = 'is nested too deeply to be read'

const plain = (code: string, message: string): string =>
  code === 'DUPLICATE_KEY' ? 'this key is there twice' : (message.split('\n')[0] ?? message)

/** `targets[0].hosts.web.adress`; keys that are not plain words stand in quotes. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const word = /^[\p{L}\p{N}_-]+$/u.test(step) ? step : JSON.stringify(step)
      return index === 0 ? word : `.${word}`
    })
    .join('')
}

/** Walks as far as the document goes; what lies deeper is said to be where the walk ended. */
function offsetOf(document: Document.Parsed, path: Path, part: 'value' | 'key'): number {
  let node: Node | null = resolve(document, document.contents)
  let offset = node?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const child: Found | null = childOf(node, step)
    if (child === null) return offset
    const last = depth === path.length - 1
    const start = child.value?.range?.[0] ?? child.key
    offset = (last && part === 'key') || !last || child.value === null ? child.key : start
    node = resolve(document, child.value)
  }
  return offset
}

interface Found {
  readonly key: number
  readonly value: Node | null
}

function childOf(node: Node | null, step: string | number): Found | null {
  if (isMap(node)) {
    const pair = node.items.find(
      item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
    )
    if (pair === undefined || !isScalar(pair.key)) return null
    return { key: pair.key.range?.[0] ?? 0, value: isNode(pair.value) ? pair.value : null }
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return isNode(item) ? { key: item.range?.[0] ?? 0, value: item } : null
  }
  return null
}

const resolve = (document: Document.Parsed, node: Node | null): Node | null =>
  isAlias(node) ? (node.resolve(document) ?? null) : node
