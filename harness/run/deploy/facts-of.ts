import { JoulemarkError } from '../../model/error.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import type { DeployInput } from './input.ts'

/** What is known of a host; the runner looked before deploying. */
export function factsOf(input: DeployInput, host: Host): HostFacts {
  const facts = input.facts.get(host.id)
  if (facts === undefined)
    throw new JoulemarkError({ code: 'facts-missing', message: `no facts of host ${host.id} were gathered` })
  return facts
}
