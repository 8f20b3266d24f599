import { z } from 'zod'
import type { Problem } from '../model/error.ts'
import { type Path, pathText, type SourceDocument } from './document.ts'
import { allowedText, nearMiss } from './near-miss.ts'
import { keysOf, schemaAt, valueAt } from './schema-at.ts'

/** Something wrong at a path of the file; where that is, the document knows. */
export interface Flaw {
  readonly code: string
  readonly path: Path
  readonly part: 'value' | 'key'
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** What a value of unknown shape does not hold of a schema: one flaw for each, with what is allowed. */
export function flawsOf(schema: z.ZodType, value: unknown): readonly Flaw[] {
  const outcome = schema.safeParse(value)
  return outcome.success
    ? []
    : outcome.error.issues.flatMap(issue => flaws(issue, stringPath(issue.path), { schema, value }))
}

/** Flaws as problems at their places, in the order of the file. */
export const toProblems = (found: readonly Flaw[], document: SourceDocument): readonly Problem[] =>
  found
    .map(flaw => ({
      code: flaw.code,
      place: { ...document.place(flaw.path, flaw.part), path: pathText(flaw.path) },
      message: flaw.message,
    }))
    .sort((a, b) => order(a.place.line, b.place.line) || order(a.place.column, b.place.column))

const order = (a: number | undefined, b: number | undefined): number => (a ?? 1) - (b ?? 1)
const stringPath = (path: readonly PropertyKey[]): Path =>
  path.map(step => (typeof step === 'number' ? step : String(step)))

interface Whole {
  readonly schema: z.ZodType
  readonly value: unknown
}

function flaws(issue: Issue, path: Path, whole: Whole): readonly Flaw[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysOf(schemaAt(whole.schema, whole.value, path)) ?? []
    return issue.keys.map(key => ({
      code: 'unknown-key',
      path: [...path, key],
      part: 'key',
      message: `unknown key. ${allowedText(key, allowed)}`,
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return bestOption(issue.errors).flatMap(inner =>
      flaws(inner, [...path, ...stringPath(inner.path)], whole),
    )
  }
  const value = valueAt(whole.value, path)
  if (value === undefined) return [missing(issue, path, whole)]
  return [
    {
      code: codeOf(issue),
      path,
      part: 'value',
      message: sentence(issue, value, schemaAt(whole.schema, whole.value, path)),
    },
  ]
}

/** The option of a union that the value came nearest to: one whose flaws lie inside it, and the fewest of them. */
function bestOption(options: readonly (readonly Issue[])[]): readonly Issue[] {
  const wrongAltogether = (issues: readonly Issue[]): number =>
    issues.some(i => i.path.length === 0 && i.code === 'invalid_type') ? 1 : 0
  return [...options].sort((a, b) => wrongAltogether(a) - wrongAltogether(b) || a.length - b.length)[0] ?? []
}

function missing(issue: Issue, path: Path, whole: Whole): Flaw {
  // A rule of ours knows better why it is needed.
  if (issue.code === 'custom') return { code: 'missing-key', path, part: 'key', message: issue.message }
  const schema = schemaAt(whole.schema, whole.value, path)
  const choices = choicesOf(issue)
  const what = choices === null ? kindOf(schema, issue) : `one of ${choices.join(', ')}`
  return { code: 'missing-key', path, part: 'key', message: `is missing: ${what} is needed here` }
}

const codeOf = (issue: Issue): string => {
  if (issue.code === 'invalid_type') return 'wrong-type'
  if (issue.code === 'too_big' || issue.code === 'too_small') return 'out-of-range'
  return 'wrong-value'
}

function sentence(issue: Issue, value: unknown, schema: z.ZodType | null): string {
  const choices = choicesOf(issue)
  if (choices !== null)
    return typeof value === 'string'
      ? `${shown(value)} is not known. ${allowedText(value, choices)}`
      : `${shown(value)} is not one of the allowed: ${choices.join(', ')}`
  if (issue.code === 'invalid_type')
    return `expected ${kindOf(schema, issue)}, found ${foundText(issue, value)}`
  if (issue.code === 'too_big' || issue.code === 'too_small')
    return `${shown(value)} is out of range. Allowed: ${rangeOf(issue, schema)}`
  if (issue.code === 'invalid_key')
    return 'a key in here is not a name: lower-case letters, digits and inner hyphens, at most 40'
  return issue.message
}

function choicesOf(issue: Issue): readonly string[] | null {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return issue.options.map(String)
  return null
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a section with keys',
  record: 'a section with keys',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function kindOf(schema: z.ZodType | null, issue: Issue): string {
  const expected = issue.code === 'invalid_type' ? issue.expected : null
  if (
    schema instanceof z.ZodUnion &&
    (schema.options as z.ZodType[]).some(option => option instanceof z.ZodString)
  )
    return 'text or a section with keys'
  if (schema instanceof z.ZodNumber && schema.format?.includes('int')) return 'a whole number'
  return (
    (expected === null ? undefined : KINDS[expected]) ??
    (schema instanceof z.ZodUnion ? 'a section with keys' : 'another kind of value')
  )
}

function rangeOf(issue: Extract<Issue, { code: 'too_big' | 'too_small' }>, schema: z.ZodType | null): string {
  if (schema instanceof z.ZodNumber) {
    const { minimum, maximum, exclusiveMinimum } = bounds(schema)
    const low = exclusiveMinimum === undefined ? minimum : exclusiveMinimum
    const open = exclusiveMinimum === undefined ? '' : 'more than '
    if (low !== undefined && maximum !== undefined)
      return open === '' ? `${low} to ${maximum}` : `${open}${low}, at most ${maximum}`
  }
  const what = issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : ''
  return issue.code === 'too_big'
    ? `at most ${issue.maximum}${what}`
    : `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${what}`
}

const bounds = (schema: z.ZodNumber) => {
  const { minimum, maximum, exclusiveMinimum } = z.toJSONSchema(schema)
  return { minimum, maximum, exclusiveMinimum }
}

/** Text that stands where a section belongs may be a secret written out: it is not repeated. */
const foundText = (issue: Issue, value: unknown): string =>
  typeof value === 'string' && issue.code === 'invalid_type' && issue.expected === 'object'
    ? 'text'
    : shown(value)

/** A value as a message may show it; sections and lists by their kind, so that no secret is repeated. */
function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section with keys'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not a finite number'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** A flaw of a word that must be one of some known words. */
export function unknownWord(path: Path, word: string, allowed: readonly string[], what: string): Flaw {
  const near = nearMiss(word, allowed)
  const hint = near === null ? '' : ` Did you mean "${near}"?`
  return {
    code: 'undefined-name',
    path,
    part: 'value',
    message: `${JSON.stringify(word)} is not ${what}.${hint} Allowed: ${allowed.join(', ') || 'none'}`,
  }
}
