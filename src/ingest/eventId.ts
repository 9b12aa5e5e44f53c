import { createHash } from 'node:crypto'

/** RFC 9562 name space of this service's events; made once, never changed. */
const NAMESPACE = Buffer.from('6f1d4b0e5c5a4f0c9b7e2a8d3c94e771', 'hex')

/** UUID version 5 (RFC 9562, 5.5) of a fact's name: the same fact has the same event id on every machine. */
export const eventIdOf = (name: string): string => {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
