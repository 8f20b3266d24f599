import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { MeterKind } from '../harness/model/meter.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../test/fixtures/collectors')

const HEAD = `# Kinds of meters

Meters that are asked over a network, or whose file is attached afterwards, stand under \`meters\` in the campaign file, beside what hosts record themselves
([collectors.md](collectors.md)). How they are asked, what is kept of their answers, what a figure of theirs is worth and what each can say when
something is wrong: [meters.md](meters.md).

This page is written by \`npm run docs\` from what the kinds say of themselves and from their examples (\`test/fixtures/collectors\`).
`

/** Text of docs/meter-kinds.md: every kind of meter with its own words, its settings and an example. */
export const metersPage = (kinds: Iterable<MeterKind>): string =>
  [HEAD, ...[...kinds].map(section)].join('\n')

/** A part of a campaign file that names meters of a kind. */
export const exampleOf = (id: string): string => readFileSync(path.join(FIXTURES, id, 'example.yaml'), 'utf8')

function section(kind: MeterKind): string {
  const { id, title, about, login, seconds } = kind
  return [
    `## ${id}: ${title}`,
    about,
    kind.link === 'file'
      ? `A row every ${seconds.usual} s by default, every ${seconds.least} s at most; nothing is asked.`
      : `Asked every ${seconds.usual} s by default, every ${seconds.least} s at most. Login: ${login.map(one => `\`${one}\``).join(', ')}.`,
    `\`\`\`yaml\n${exampleOf(id)}\`\`\``,
    ['| key | default | what it says |', '|---|---|---|', ...rows(kind)].join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n')
}

interface Property {
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
}

function rows({ settings }: MeterKind): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
  }) as {
    properties?: Record<string, Property>
    required?: string[]
  }
  return Object.entries(properties).map(([key, { description = '', default: usual, enum: words }]) => {
    const allowed = words === undefined ? '' : ` One of ${words.map(word => `\`${word}\``).join(', ')}.`
    const given = required.includes(key)
      ? 'needed'
      : usual === undefined
        ? ''
        : `\`${JSON.stringify(usual)}\``
    return `| \`${key}\` | ${given} | ${description}${allowed} |`
  })
}
