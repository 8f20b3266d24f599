import {
  type HttpLink,
  type LineLink,
  type LinkKind,
  type Links,
  MeterError,
  type MeterKind,
  type MeterValue,
  type RegisterBlock,
  type RegisterLink,
  type Said,
} from '../../../harness/model/meter.ts'

/** A link that answers from a map of paths or words; anything else is not there. */
export const httpOf = (
  answers: Readonly<Record<string, unknown>>,
): HttpLink & { readonly asked: string[] } => {
  const asked: string[] = []
  return {
    kind: 'http',
    asked,
    async get(path) {
      asked.push(path)
      const answer = answers[path]
      if (answer instanceof MeterError) throw answer
      if (answer === undefined) throw new MeterError('absent', 'it has no such resource (status 404)')
      return typeof answer === 'string' ? answer : JSON.stringify(answer)
    },
  }
}

export const linesOf = (answers: Readonly<Record<string, string>>): LineLink => ({
  kind: 'lines',
  ask: async line => answers[line] ?? 'ERR UNKNOWN-COMMAND',
})

/** Registers by their address, the same in both tables; what has one that is not there is refused. */
export const registersOf = (
  registers: ReadonlyMap<number, number>,
): RegisterLink & { readonly asked: RegisterBlock[] } => {
  const asked: RegisterBlock[] = []
  return {
    kind: 'modbus',
    asked,
    async read(block) {
      asked.push(block)
      return Array.from({ length: block.count }, (_, i) => {
        const word = registers.get(block.first + i)
        if (word === undefined) throw new MeterError('absent', 'it has no such registers (exception 2)')
        return word
      })
    },
  }
}

/** What a kind of meter makes of one poll. */
export async function polled(
  kind: MeterKind,
  settings: Readonly<Record<string, unknown>>,
  link: Links[LinkKind],
): Promise<{ readonly said: Said; readonly values: readonly MeterValue[] }> {
  const meter = kind.bind(settings as never)
  const said = await meter.talk(link).poll()
  return { said, values: meter.read(said) }
}

/** The fault of a poll that fails, and why. */
export async function faultOf(
  kind: MeterKind,
  settings: Readonly<Record<string, unknown>>,
  link: Links[LinkKind],
): Promise<string> {
  return polled(kind, settings, link).then(
    () => 'none',
    (error: unknown) => {
      if (!(error instanceof MeterError)) throw error
      return `${error.fault}: ${error.message}`
    },
  )
}
