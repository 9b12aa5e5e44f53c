import * as E from 'fp-ts/lib/Either.js'
import { isLoopback } from './exposure.ts'
import { readHttpUrl } from './httpUrl.ts'
import { isReadByOthers, readNamedFile } from './namedFile.ts'

/** Where and as whom the provider is asked. Files are read anew each time that what they hold is needed. */
export interface TreezorApiConfig {
  /** Without a slash at its end. */
  readonly url: string
  readonly clientIdFile: string
  readonly clientSecretFile: string
  /** What the token is asked for; empty: all that the client may. */
  readonly scope: string
  /** What this client shows of itself (mutual TLS), PEM; `null`: nothing. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null
  /** So many requests a minute at most, of all kinds. */
  readonly perMinute: number
  readonly retry: RetryApiConfig | null
}

/** Where the provider is asked to send webhooks again. */
export interface RetryApiConfig {
  /** Without a slash at its end. */
  readonly url: string
  /** Where a query is executed. */
  readonly executePath: string
  /** Where it is asked how that went; `{queryId}` stands for the query. */
  readonly statusPath: string
}

export const TREEZOR_API_VARIABLES = [
  'TREEZOR_API_URL',
  'TREEZOR_API_CLIENT_ID_FILE',
  'TREEZOR_API_CLIENT_SECRET_FILE',
  'TREEZOR_API_SCOPE',
  'TREEZOR_API_TLS_CERT_FILE',
  'TREEZOR_API_TLS_KEY_FILE',
  'TREEZOR_API_PER_MINUTE',
  'TREEZOR_WEBHOOKS_API_URL',
  'TREEZOR_WEBHOOKS_API_EXECUTE_PATH',
  'TREEZOR_WEBHOOKS_API_STATUS_PATH',
] as const
type Variable = (typeof TREEZOR_API_VARIABLES)[number]

/** Those that hold secrets. */
export const TREEZOR_API_SECRET_FILES = ['TREEZOR_API_CLIENT_SECRET_FILE', 'TREEZOR_API_TLS_KEY_FILE'] as const

const PER_MINUTE = 60
const MOST_PER_MINUTE = 6000

/** A client's secret, once white space around it is gone: nothing that a request cannot hold. */
export const readCredential = (variable: string, file: string): E.Either<string, string> => {
  const text = readNamedFile(variable, file)
  if (E.isLeft(text)) return text
  const credential = text.right.trim()
  if (credential === '') return E.left(`${variable}: the file holds nothing`)
  return /[\p{Cc}\ufffd]/u.test(credential)
    ? E.left(`${variable}: the file holds more than one line of text`)
    : E.right(credential)
}

/** A prefix, to which paths are added: tokens and personal data come over it, so by TLS or on this machine alone. */
const readPrefix = (variable: Variable, text: string): E.Either<string, string> => {
  const read = readHttpUrl(text)
  if (E.isLeft(read)) return E.left(`${variable}: ${read.left}`)
  const { protocol, hostname, search } = new URL(text)
  if (search !== '') return E.left(`${variable}: its URL has a query`)
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
    ? E.right(text.replace(/\/+$/, ''))
    : E.left(`${variable}: its URL must be one of https, but on a loopback address`)
}

const PATH = /^\/[\w./{}?=&-]{1,200}$/

/** Where the provider is asked; `null` where no variable says any of it. Otherwise all that is wrong. */
export const readTreezorApi = (
  get: (name: Variable, otherwise: string) => string,
): E.Either<readonly string[], { readonly api: TreezorApiConfig | null; readonly warnings: readonly string[] }> => {
  const given = TREEZOR_API_VARIABLES.filter((name) => get(name, '') !== '')
  if (given.length === 0) return E.right({ api: null, warnings: [] })
  const faults: string[] = []
  const take = (read: E.Either<string, string>): string => {
    if (E.isRight(read)) return read.right
    faults.push(read.left)
    return ''
  }
  const needed = (name: Variable): string => {
    const text = get(name, '')
    if (text === '') faults.push(`${name}: must be set where the provider is asked (TREEZOR_API_…)`)
    return text
  }
  const credentialFile = (name: 'TREEZOR_API_CLIENT_ID_FILE' | 'TREEZOR_API_CLIENT_SECRET_FILE'): string => {
    const file = needed(name)
    if (file !== '') take(readCredential(name, file))
    return file
  }
  const pemFile = (name: 'TREEZOR_API_TLS_CERT_FILE' | 'TREEZOR_API_TLS_KEY_FILE'): string => {
    const file = get(name, '')
    if (file === '') return ''
    const text = readNamedFile(name, file)
    if (E.isLeft(text)) faults.push(text.left)
    else if (!text.right.includes('-----BEGIN ')) faults.push(`${name}: the file is not PEM`)
    return file
  }
  const path = (name: Variable, otherwise: string): string => {
    const text = get(name, otherwise)
    if (!PATH.test(text)) faults.push(`${name}: must be a path, which begins with a slash`)
    return text
  }
  const url = needed('TREEZOR_API_URL')
  const prefix = url === '' ? '' : take(readPrefix('TREEZOR_API_URL', url))
  const clientIdFile = credentialFile('TREEZOR_API_CLIENT_ID_FILE')
  const clientSecretFile = credentialFile('TREEZOR_API_CLIENT_SECRET_FILE')
  const certificateFile = pemFile('TREEZOR_API_TLS_CERT_FILE')
  const keyFile = pemFile('TREEZOR_API_TLS_KEY_FILE')
  if ((certificateFile === '') !== (keyFile === ''))
    faults.push('TREEZOR_API_TLS_CERT_FILE: set this and TREEZOR_API_TLS_KEY_FILE, or none of them')
  const scope = get('TREEZOR_API_SCOPE', '')
  // RFC 6749, 3.3.
  if (!/^[\x21\x23-\x5b\x5d-\x7e ]{0,200}$/.test(scope))
    faults.push('TREEZOR_API_SCOPE: must be names of scopes, with blanks between')
  const perMinute = get('TREEZOR_API_PER_MINUTE', String(PER_MINUTE))
  if (!/^\d{1,4}$/.test(perMinute) || Number(perMinute) < 1 || Number(perMinute) > MOST_PER_MINUTE)
    faults.push(`TREEZOR_API_PER_MINUTE: must be a whole number from 1 to ${MOST_PER_MINUTE}`)
  const retryUrl = get('TREEZOR_WEBHOOKS_API_URL', '')
  const retry: RetryApiConfig | null =
    retryUrl === ''
      ? null
      : {
          url: take(readPrefix('TREEZOR_WEBHOOKS_API_URL', retryUrl)),
          executePath: path('TREEZOR_WEBHOOKS_API_EXECUTE_PATH', '/retry/execute'),
          statusPath: path('TREEZOR_WEBHOOKS_API_STATUS_PATH', '/retry/status/{queryId}'),
        }
  const warnings = TREEZOR_API_SECRET_FILES.flatMap((name) =>
    get(name, '') !== '' && isReadByOthers(get(name, ''))
      ? [`${name}: everybody on this machine may read the file`]
      : [],
  )
  if (faults.length > 0) return E.left(faults)
  const tls = certificateFile === '' ? null : { certificateFile, keyFile }
  const api = { url: prefix, clientIdFile, clientSecretFile, scope, tls, perMinute: Number(perMinute), retry }
  return E.right({ api, warnings })
}
