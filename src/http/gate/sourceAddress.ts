import type { IncomingMessage } from 'node:http'
import { isIP, isIPv4, type Socket } from 'node:net'
import type { Request } from 'express'

/** Whom what comes in is put down to: an IPv4 address, or the network of an IPv6 one. */
export type Source = string & { readonly Source: unique symbol }

/** All whose address cannot be told count as one. */
const UNKNOWN = 'unknown' as Source

/** `::ffff:192.0.2.1`, as a socket that takes both families shows IPv4 (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
/** What some proxies put behind an address (RFC 7239, 6). */
const WITH_PORT = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/

/** The first 64 bits of an IPv6 address: whoever has one address has all of those (RFC 4291, 2.5.4). */
const networkOf = (address: string): string => {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groupsOf = (texts: readonly string[]): number => texts.length + (texts.at(-1)?.includes('.') ? 1 : 0)
  const zeros = tail === undefined ? 0 : 8 - groupsOf(before) - groupsOf(after)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** The source that an address stands for; as many as there are networks, however addresses are spelled. */
export const sourceOf = (address: string | undefined): Source => {
  const given = address?.trim() ?? ''
  const [, bracketed, withPort] = WITH_PORT.exec(given) ?? []
  const bare = bracketed ?? withPort ?? given
  const plain = MAPPED.exec(bare)?.[1] ?? bare
  if (isIPv4(plain)) return plain as Source
  return isIP(plain) === 6 ? (networkOf(plain) as Source) : UNKNOWN
}

const ofSockets = new WeakMap<Socket, Source>()

/** Who stands at the other end of a connection. */
const sourceOfSocket = (socket: Socket): Source => {
  const known = ofSockets.get(socket)
  if (known !== undefined) return known
  const { remoteAddress } = socket
  const source = sourceOf(remoteAddress)
  // One that is closed already has no address any more.
  if (remoteAddress !== undefined) ofSockets.set(socket, source)
  return source
}

/** Names those for whom a request was passed on. */
export const FORWARDED = 'x-forwarded-for'

/**
 * Who sends a request, by what stands in front of the service where `TRUST_PROXY` names it: nobody else is believed. One that was passed on for others
 * has to be Express's by then, which knows whom it trusts.
 */
export const sourceOfRequest = (req: IncomingMessage): Source =>
  req.headers[FORWARDED] === undefined ? sourceOfSocket(req.socket) : sourceOf((req as Request).ip)
