/** A fenced block of a page: a file to write, or commands to run in order. */
export type Block =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'commands'; readonly text: string }

const FENCE = /^```(\S+)(?: title="([^"]+)")?\n([\s\S]*?)^```$/gm

/** Blocks of a page in its order. A block that is neither `sh` nor has a title is an error: nobody would know what to do with it. */
export function fencedBlocks(page: string): readonly Block[] {
  return [...page.matchAll(FENCE)].map(([whole, language, path, text = '']) => {
    if (path !== undefined) return { kind: 'file', path, text }
    if (language === 'sh') return { kind: 'commands', text }
    throw new Error(`neither a file nor commands: ${whole.slice(0, 80)}`)
  })
}
