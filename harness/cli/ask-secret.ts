import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { cleanText } from './clean-text.ts'

/**
 * Asks at the terminal without echo. An answer is asked for once and kept in memory: a target is connected anew for every run, and a person
 * must not be asked in the middle of the night. `around` holds the progress tree still while somebody types.
 */
export function secretPrompt(around: () => Disposable): (question: string) => Promise<string> {
  const answers = new Map<string, Promise<string>>()
  let queue: Promise<unknown> = Promise.resolve()
  return question => {
    const known = answers.get(question)
    if (known !== undefined) return known
    const answer = queue.then(() => askHidden(question, around))
    queue = answer.catch(() => undefined)
    answers.set(question, answer)
    return answer
  }
}

async function askHidden(question: string, around: () => Disposable): Promise<string> {
  using _still = around()
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // Servers may choose what they ask (keyboard-interactive).
  process.stderr.write(cleanText(question))
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
