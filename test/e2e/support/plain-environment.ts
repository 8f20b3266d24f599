/** Of npm, vitest and tsx, which started us: what would lead a process under test back to the checkout. */
const OURS =
  /^(npm_(command|execpath|lifecycle_|node_|package_|config_(local|global)?_?prefix)|INIT_CWD|VITEST|NODE_(ENV|OPTIONS|PATH)|TEST$|PROD$|DEV$|MODE$|BASE_URL$|TSX)/

/** The environment as a user's shell has it: settings of registries and certificates stay, what our runner added is gone. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !OURS.test(pair[0]),
  )
  return { ...Object.fromEntries(kept), ...more }
}
