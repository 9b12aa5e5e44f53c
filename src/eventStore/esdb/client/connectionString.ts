import * as E from 'fp-ts/lib/Either.js'

/** A node of the cluster as the client addresses it. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** A checked connection string in its parts. `credentials` is `user:password@`, percent-encoded, or empty. */
export interface ConnectionString {
  readonly discover: boolean
  readonly credentials: string
  readonly hosts: string
  readonly options: ReadonlyMap<string, string>
}

type OptionKind = 'text' | 'number' | 'boolean'

/** Every option the client knows; it takes the names in any case, with `-` or `_` inside. */
const OPTIONS: Readonly<Record<string, OptionKind>> = {
  connectionName: 'text',
  defaultDeadline: 'number',
  discoveryInterval: 'number',
  gossipTimeout: 'number',
  keepAliveInterval: 'number',
  keepAliveTimeout: 'number',
  maxDiscoverAttempts: 'number',
  nodePreference: 'text',
  throwOnAppendFailure: 'boolean',
  tls: 'boolean',
  tlsCAFile: 'text',
  tlsVerifyCert: 'boolean',
  userCertFile: 'text',
  userKeyFile: 'text',
}
const flat = (name: string): string => name.trim().toLowerCase().replaceAll(/[_-]/g, '')
const NAMES = new Map(Object.keys(OPTIONS).map((name) => [flat(name), name]))
const PREFERENCES: readonly string[] = ['leader', 'follower', 'readonlyreplica', 'random']
const SHAPES: Readonly<Record<OptionKind, RegExp>> = { text: /./, number: /^-?\d{1,9}$/, boolean: /^(true|false)$/ }

const FORM = /^(?:esdb|kurrentdb)(\+discover)?:\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/
const HOST = /^[a-zA-Z0-9._-]+(:\d{1,5})?$/
/** The client cuts a password at a raw `:`. */
const CREDENTIALS = /^[^:]+:[^:]+$/

/** Whether a setting of `EVENT_STORE` means this adapter. */
export const isConnectionString = (text: string): boolean => /^(esdb|kurrentdb)(\+discover)?:/.test(text)

const decodable = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * Reads `esdb://` and `esdb+discover://` (`kurrentdb…` is the same under its newer name). A fault says what is wrong
 * with which part and repeats no value. Checked here because the client, where it warns, prints the whole string with
 * the password in it.
 */
export const readConnectionString = (text: string): E.Either<string, ConnectionString> => {
  const match = FORM.exec(text.trim())
  if (match === null) return E.left('must look like esdb://user:password@host:2113,host:2113?option=value')
  const [, discover, credentials, hosts = '', query = ''] = match
  if (credentials !== undefined && !(CREDENTIALS.test(credentials) && decodable(credentials))) {
    return E.left('its credentials must be user:password, with : @ / ? % in them percent-encoded')
  }
  if (!hosts.split(',').every((host) => HOST.test(host))) return E.left('its hosts must be host or host:port')

  const options = new Map<string, string>()
  const parts = query === '' ? [] : query.split('&')
  for (const [index, part] of parts.entries()) {
    const equals = part.indexOf('=')
    const name = NAMES.get(flat(part.slice(0, Math.max(0, equals))))
    if (name === undefined) {
      return E.left(`its option ${index + 1} must be name=value with a name of ${Object.keys(OPTIONS).join(', ')}`)
    }
    const value = part.slice(equals + 1).trim()
    if (!SHAPES[OPTIONS[name] ?? 'text'].test(value) || !decodable(value)) {
      return E.left(`its option ${name} has no value of its kind (${OPTIONS[name]})`)
    }
    options.set(name, value)
  }
  if (!PREFERENCES.includes(flat(options.get('nodePreference') ?? 'leader').replaceAll('%20', ''))) {
    return E.left('its option nodePreference must be leader, follower, readonlyreplica or random')
  }
  if (options.get('tlsVerifyCert') === 'false') {
    return E.left('its option tlsVerifyCert=false is not supported by the client; name the certificate by tlsCAFile')
  }
  return E.right({
    discover: discover !== undefined,
    credentials: credentials === undefined ? '' : `${credentials}@`,
    hosts,
    options,
  })
}

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
  leader: Endpoint | null = null,
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
