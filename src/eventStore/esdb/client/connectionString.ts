import * as E from 'fp-ts/lib/Either.js'

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
