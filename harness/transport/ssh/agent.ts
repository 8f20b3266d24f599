import ssh2 from 'ssh2'

/** An agent that shows only some of its keys; ssh2 asks for a class. */
class FilteredAgent extends ssh2.OpenSSHAgent {
  readonly #blobs: readonly Buffer[]

  constructor(socket: string, blobs: readonly Buffer[]) {
    super(socket)
    this.#blobs = blobs
  }

  override getIdentities(callback: ssh2.IdentityCallback<ssh2.ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error || keys === undefined) return callback(error)
      callback(
        undefined,
        keys.filter(
          key => 'getPublicSSH' in key && this.#blobs.some(blob => blob.equals(key.getPublicSSH())),
        ),
      )
    })
  }
}

/** The agent behind a socket; with `only`, restricted to keys with these public blobs. */
export const openAgent = (socket: string, only: readonly Buffer[] | null): ssh2.BaseAgent =>
  only === null ? new ssh2.OpenSSHAgent(socket) : new FilteredAgent(socket, only)
