import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

const AT_A_TIME = 1 << 20

/** SHA-256 of a file in hexadecimal digits, and how many bytes it has. */
export const digestOf = (file: string): { readonly bytes: number; readonly sha256: string } => {
  const descriptor = openSync(file, 'r')
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(AT_A_TIME)
    let bytes = 0
    for (let read = -1; read !== 0; bytes += read) {
      read = readSync(descriptor, buffer, 0, AT_A_TIME, null)
      hash.update(buffer.subarray(0, read))
    }
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    closeSync(descriptor)
  }
}
