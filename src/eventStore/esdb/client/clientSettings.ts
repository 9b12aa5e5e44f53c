import type { EndPoint } from '@eventstore/db-client'
import type { ConnectionString } from './connectionString.ts'

/** What is set when the string leaves it open: a frozen node must not hold the search for a living one for long. */
const DEFAULTS: Readonly<Record<string, string>> = {
  gossipTimeout: '1',
  maxDiscoverAttempts: '3',
  keepAliveTimeout: '5000',
}
/** The client's own default, and the least it takes without a warning. */
const KEEP_ALIVE_MS = 10_000

/**
 * The text for one client. `leader` replaces the hosts, when a node has named the leader.
 *
 * gRPC channels of the same target and the same settings share one TCP connection within a thread, be it dead. `serial`
 * makes the keep-alive interval differ by some milliseconds, and with it the connection.
 *
 * With `+discover` the client asks the first host alone, be it dead; of several hosts, without it, any that answers.
 */
export const textForClient = (
  { discover, credentials, hosts, options }: ConnectionString,
  serial: number,
  leader: EndPoint | null = null,
): string => {
  const settings = new Map([...Object.entries(DEFAULTS), ...options])
  const interval = Number(settings.get('keepAliveInterval') ?? KEEP_ALIVE_MS)
  settings.set('keepAliveInterval', String(interval < 0 ? interval : interval + (serial % 1000)))
  // Without the exception the client reports a wrong revision; and `true` is no use to it but a warning.
  settings.delete('throwOnAppendFailure')
  settings.delete('tlsVerifyCert')
  const query = [...settings].map(([name, value]) => `${name}=${value}`).join('&')
  return leader === null
    ? `esdb${discover && !hosts.includes(',') ? '+discover' : ''}://${credentials}${hosts}?${query}`
    : `esdb://${credentials}${leader.address}:${leader.port}?${query}`
}
