import { csv } from './csv.ts'
import { html } from './html.ts'
import { json } from './json.ts'
import { md } from './md.ts'
import { png } from './png.ts'
import type { ReportFormat } from './report-format.ts'

/** Formats by id, sorted: one line a format. */
export const formats = { csv, html, json, md, png } as const satisfies Record<string, ReportFormat>
export type FormatId = keyof typeof formats
