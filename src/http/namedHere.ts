import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

const hostIn = (host: string): string =>
  URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '') : ''

/**
 * Whether a request asks for this machine by an address or as `localhost`, under which no browser takes anything else for it. Any other
 * name may be made to lead here by whoever has it, and its pages would pass for this service's own (DNS rebinding). Every browser says
 * `Host`.
 */
export const isNamedHere = ({ headers: { host } }: IncomingMessage): boolean => {
  if (host === undefined) return true
  const name = hostIn(host)
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')
}
