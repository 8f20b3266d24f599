import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

/** Asks a yes-or-no question; Enter is yes. Where nobody can answer it is yes. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  if (!terminal.asks) return true
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(`${question} [Y/n] `)
    return /^(y|yes|)$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
