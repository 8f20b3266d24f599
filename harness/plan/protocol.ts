import type { Durations, ProfileName, Protocol } from '../model/plan.ts'
import type { CampaignFile } from './schema.ts'

/** Lengths (s) and repetitions of the profiles. */
export const PROFILES: Readonly<
  Record<ProfileName, { readonly durations: Durations; readonly repetitions: number }>
> = {
  quick: { durations: { baseline: 15, idle: 10, warmUp: 5, window: 20, coolDown: 5 }, repetitions: 1 },
  standard: { durations: { baseline: 60, idle: 60, warmUp: 30, window: 240, coolDown: 30 }, repetitions: 6 },
}

/** The protocol with everything written out. Ranked: standard, nothing of it shortened. */
export function resolveProtocol(section: CampaignFile['protocol']): Protocol {
  const profile = PROFILES[section.profile]
  const durations: Durations = {
    baseline: section.baseline ?? profile.durations.baseline,
    idle: section.idle ?? profile.durations.idle,
    warmUp: section.warm_up ?? profile.durations.warmUp,
    window: section.window ?? profile.durations.window,
    coolDown: section.cool_down ?? profile.durations.coolDown,
  }
  const repetitions = section.repetitions ?? profile.repetitions
  const { windows, order, seed, retries } = section
  return {
    profile: section.profile,
    durations,
    windows,
    repetitions,
    order,
    seed,
    retries,
    ranked: section.profile === 'standard' && whole(durations, repetitions),
  }
}

function whole(durations: Durations, repetitions: number): boolean {
  const { standard } = PROFILES
  const shortened = (Object.keys(standard.durations) as (keyof Durations)[]).some(
    key => durations[key] < standard.durations[key],
  )
  return !shortened && repetitions >= standard.repetitions
}
