import type { z } from 'zod'
import {
  type BoundMeter,
  type LinkKind,
  type Links,
  type MeterKind,
  type MeterNature,
  type MeterTalk,
  type MeterValue,
  type Said,
} from '../../../harness/model/meter.ts'

/** A kind of meter as its file says it, with types of its own link and settings. */
interface Definition<K extends LinkKind, S extends z.ZodObject>
  extends Omit<MeterKind, 'link' | 'settings' | 'bind'> {
  readonly scopeOf?: (instances: readonly string[], settings: z.output<S>) => string
  readonly link: K
  readonly settings: S
  readonly nature: (settings: z.output<S>) => MeterNature
  readonly talk: (link: Links[K], settings: z.output<S>) => MeterTalk
  /** Pure. @throws Unreadable when it is not what this kind of meter says */
  readonly read: (said: Said, settings: z.output<S>) => readonly MeterValue[]
}

/** Hides the types of link and settings behind one form that a registry can hold. */
export function defineMeter<K extends LinkKind, S extends z.ZodObject>(of: Definition<K, S>): MeterKind {
  const { nature, scopeOf, talk, read, ...rest } = of
  return {
    ...rest,
    bind(given): BoundMeter {
      const settings = of.settings.parse(given)
      return {
        nature: nature(settings),
        ...(scopeOf === undefined ? {} : { scopeOf: instances => scopeOf(instances, settings) }),
        talk(link) {
          if (!isOf(link, of.link))
            throw new Error(`${of.id} is asked over ${of.link}, not over ${link.kind}`)
          return talk(link, settings)
        },
        read: said => read(said, settings),
      }
    },
  }
}

const isOf = <K extends LinkKind>(link: Links[LinkKind], kind: K): link is Links[K] => link.kind === kind
