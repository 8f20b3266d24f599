import type { AnyAuthMethod } from 'ssh2'
import type { ReadSecret } from '../../model/connection.ts'
import { openAgent } from './agent.ts'
import type { Hop } from './hop.ts'
import { type Identity, readIdentities, unlock } from './identity.ts'

/** One way of proving who we are, and how to call it. */
export interface Attempt {
  readonly method: AnyAuthMethod
  readonly title: string
}

export interface AuthOptions {
  readonly readSecret: ReadSecret
  readonly prompt: ((question: string) => Promise<string>) | undefined
}

/** Ways to try, in order: keys that are ready, the agent, then keys whose passphrase has to be asked for. Lazy: nobody is asked in vain. */
export async function* attempts(hop: Hop, o: AuthOptions): AsyncGenerator<Attempt> {
  const identities = await readIdentities(hop, o.readSecret)
  for (const identity of identities) if (identity.ready !== null) yield keyAttempt(hop, identity)
  if (hop.agent !== null) {
    const blobs = identities.flatMap(({ blob }) => (blob === null ? [] : [blob]))
    if (!hop.identitiesOnly || blobs.length > 0)
      yield {
        method: {
          type: 'agent',
          username: hop.user,
          agent: openAgent(hop.agent, hop.identitiesOnly ? blobs : null),
        },
        title: 'agent',
      }
  }
  if (o.prompt === undefined) return
  for (const identity of identities)
    if (identity.ready === null)
      yield keyAttempt(hop, unlock(identity, await o.prompt(`Passphrase of ${identity.path}: `)))
}

function keyAttempt(hop: Hop, identity: Identity): Attempt {
  const passphrase = identity.ready?.passphrase
  return {
    method: {
      type: 'publickey',
      username: hop.user,
      key: identity.text,
      ...(passphrase === undefined ? {} : { passphrase }),
    },
    title: `key ${identity.path}`,
  }
}
