import { hash } from 'node:crypto'

/** RFC 9562 name space of this service's events; made once, never changed. */
const NAMESPACE = Buffer.from('6f1d4b0e5c5a4f0c9b7e2a8d3c94e771', 'hex')

/** The first digit of the fourth group holds the variant in its upper two bits. */
const variant = (digit: string): string => ((Number.parseInt(digit, 16) & 0x3) | 0x8).toString(16)

/** UUID version 5 (RFC 9562, 5.5) of a fact's name: the same fact has the same event id on every machine. */
export const eventIdOf = (name: string): string => {
  const hex = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant(hex.charAt(16))}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
