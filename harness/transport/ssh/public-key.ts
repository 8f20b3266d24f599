/** The public blob that a private key file in OpenSSH's own format carries in clear; null: another format (PROTOCOL.key of OpenSSH). */
export function publicBlobOf(privateKey: string): Buffer | null {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(privateKey)?.[1]
  if (body === undefined) return null
  const bytes = Buffer.from(body, 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return null
  let at = magic.length
  const string = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY
    if (at + 4 + length > bytes.length) throw new RangeError('the key file is cut')
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  try {
    for (const _ of ['cipher', 'kdf', 'kdf options']) string()
    at += 4
    return string()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
