const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i << 24
  for (let bit = 0; bit < 8; bit++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1
  return c >>> 0
})

/** The CRC of POSIX `cksum` over a stream of chunks (IEEE Std 1003.1, cksum: CRC-32 of ISO 8802-3 with the length appended). */
export function makeCksum() {
  let crc = 0
  let length = 0
  const step = (byte: number) => {
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  }
  return {
    update(chunk: Uint8Array): void {
      for (const byte of chunk) step(byte)
      length += chunk.length
    },
    /** Decimal text, as cksum prints it. Ends the sum. */
    digest(): string {
      for (let n = length; n > 0; n = Math.floor(n / 256)) step(n % 256)
      return String(~crc >>> 0)
    },
  }
}
