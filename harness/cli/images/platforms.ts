import { JoulemarkError } from '../../model/error.ts'

/** @throws JoulemarkError `image-platforms`: a base image that lacks a platform is taken for another one by some builders */
export function refuseMissing(wanted: readonly string[], found: readonly string[]): void {
  const missing = wanted.filter(platform => !found.includes(platform))
  if (missing.length === 0) return
  throw new JoulemarkError({
    code: 'image-platforms',
    exit: 'unreachable',
    message: `the image is for ${found.join(', ') || 'no known platform'}, and not for ${missing.join(', ')}; nothing was written`,
    hint: 'build it for these, too (joulemark images build --platform); its base images must have them in the registry they come from',
  })
}
