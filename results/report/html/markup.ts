/** Text that is already HTML. Everything else that goes into a page is escaped. */
export interface Markup {
  readonly html: string
}

type Part = Markup | string | number | readonly Part[] | null

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escape = (text: string): string => text.replaceAll(/[&<>"']/g, c => ESCAPES[c] ?? c)

function render(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number') return String(part)
  if ('html' in part) return part.html
  return part.map(render).join('')
}

/** A template whose values are escaped unless they are markup themselves. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    html: strings.map((text, i) => text + (i < parts.length ? render(parts[i] ?? null) : '')).join(''),
  }
}

/** JSON inside a script element: nothing in it can end the element. */
export const jsonScript = (id: string, value: unknown): Markup => ({
  html: `<script type="application/json" id="${escape(id)}">${JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')}</script>`,
})
