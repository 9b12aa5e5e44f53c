import { isIP } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { readHttpUrl } from './httpUrl.ts'
import { readNamedFile } from './namedFile.ts'
import { isPublicAddress } from './publicAddress.ts'
import { readSigningKey, type SigningKey } from './signingKey.ts'

/** Who is told of each change of a status by webhooks. */
export interface Endpoint {
  /** What it is called in files, metrics and the log. */
  readonly name: string
  readonly url: string
  /** One signature of each stands in every webhook. */
  readonly keys: readonly SigningKey[]
  /** What it is told of first: what changes from now on, or the status of every user. */
  readonly from: 'now' | 'beginning'
  /** Whether it may stand at an address that is not public, and be spoken to without TLS. */
  readonly allowPrivate: boolean
}

/** The version of the shape of the file. */
const WEBHOOKS_OUT_VERSION = 1
/** Names are names of files and labels of metrics. */
export const ENDPOINT_NAME_PATTERN = '^[a-z0-9][a-z0-9-]{0,62}$'
export const MOST_KEYS = 8
export const ENDPOINT_MEMBERS = ['name', 'url', 'secrets', 'from', 'allowPrivate'] as const
const FILE_MEMBERS = ['version', 'endpoints'] as const

type Members = Readonly<Record<string, unknown>>
type Faults = (path: string, fault: string) => void

const isMembers = (u: unknown): u is Members => typeof u === 'object' && u !== null && !Array.isArray(u)

/** A name that nothing reads is a mistake. It is not repeated: it may be a secret in the wrong place. */
const checkMembers = (members: Members, known: readonly string[], path: string, fault: Faults): void => {
  const unknown = Object.keys(members).filter((name) => !known.includes(name)).length
  if (unknown > 0)
    fault(path, `it has ${unknown === 1 ? 'a member' : `${unknown} members`} besides ${known.join(', ')}`)
}

const readUrl = (u: unknown, allowPrivate: boolean): E.Either<string, string> => {
  if (typeof u !== 'string') return E.left('expected a URL')
  const read = E.mapLeft((fault: string) => fault.replace(/^its URL/, 'it'))(readHttpUrl(u))
  if (E.isLeft(read) || allowPrivate) return read
  const { protocol, hostname } = new URL(u)
  if (protocol !== 'https:') return E.left('expected a URL of https; another one takes "allowPrivate": true')
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 || isPublicAddress(address)
    ? read
    : E.left('its address is not public, which takes "allowPrivate": true')
}

const readKeys = (u: unknown, path: string, fault: Faults): readonly SigningKey[] => {
  if (!Array.isArray(u) || u.length === 0 || u.length > MOST_KEYS) {
    fault(path, `expected a list of 1 to ${MOST_KEYS} secrets`)
    return []
  }
  return u.flatMap((text: unknown, index) => {
    const key = readSigningKey(text)
    if (E.isRight(key)) return [key.right]
    fault(`${path}.${index}`, key.left)
    return []
  })
}

const readEndpoint = (u: unknown, path: string, fault: Faults): Endpoint => {
  const members = isMembers(u) ? u : {}
  if (!isMembers(u)) fault(path, 'expected an object')
  checkMembers(members, ENDPOINT_MEMBERS, path, fault)
  const { name, from = 'now', allowPrivate = false } = members
  if (typeof name !== 'string' || !new RegExp(ENDPOINT_NAME_PATTERN).test(name)) {
    fault(`${path}.name`, 'expected 1 to 63 of a-z, 0-9 and -, the first of them no -')
  }
  if (from !== 'now' && from !== 'beginning') fault(`${path}.from`, 'expected "now" or "beginning"')
  if (typeof allowPrivate !== 'boolean') fault(`${path}.allowPrivate`, 'expected true or false')
  const url = readUrl(members['url'], allowPrivate === true)
  if (E.isLeft(url)) fault(`${path}.url`, url.left)
  return {
    name: typeof name === 'string' ? name : '',
    url: E.isRight(url) ? url.right : '',
    keys: readKeys(members['secrets'], `${path}.secrets`, fault),
    from: from === 'beginning' ? 'beginning' : 'now',
    allowPrivate: allowPrivate === true,
  }
}

const secretsOf = (u: unknown): readonly unknown[] =>
  isMembers(u) && Array.isArray(u['secrets']) ? [...new Set<unknown>(u['secrets'])] : []

/** Reads the file's JSON; otherwise all that is wrong with it, each by its path and without its value. */
const readEndpoints = (json: unknown): E.Either<readonly string[], readonly Endpoint[]> => {
  const faults: string[] = []
  const fault: Faults = (path, what) => void faults.push(path === '' ? what : `${path}: ${what}`)
  if (!isMembers(json)) return E.left(['expected a JSON object'])
  checkMembers(json, FILE_MEMBERS, '', fault)
  if (json['version'] !== WEBHOOKS_OUT_VERSION) fault('version', `expected ${WEBHOOKS_OUT_VERSION}`)
  const list: readonly unknown[] = Array.isArray(json['endpoints']) ? json['endpoints'] : []
  if (!Array.isArray(json['endpoints'])) fault('endpoints', 'expected a list')
  const endpoints = list.map((one, index) => readEndpoint(one, `endpoints.${index}`, fault))
  for (const [index, { name }] of endpoints.entries()) {
    const before = endpoints.findIndex((one) => one.name === name && name !== '')
    if (before >= 0 && before < index) fault(`endpoints.${index}.name`, `is the name of endpoints.${before}, too`)
  }
  const secrets = list.map(secretsOf)
  for (const [index, own] of secrets.entries()) {
    const before = secrets.findIndex((others) => others.some((one) => own.includes(one)))
    // Who knows the secret of one could otherwise speak to the other.
    if (before >= 0 && before < index)
      fault(`endpoints.${index}.secrets`, `one of them is a secret of endpoints.${before}, too`)
  }
  return faults.length > 0 ? E.left(faults) : E.right(endpoints)
}

const NAME = 'WEBHOOKS_OUT'

/** Reads the endpoints out of the JSON file that `WEBHOOKS_OUT` names; none where it names none. */
export const readWebhooksOut = (file: string): E.Either<readonly string[], readonly Endpoint[]> => {
  if (file === '') return E.right([])
  const text = readNamedFile(NAME, file)
  if (E.isLeft(text)) return E.left([text.left])
  const json = J.parse(text.right)
  if (E.isLeft(json)) return E.left([`${NAME}: the file is not JSON`])
  return E.mapLeft((faults: readonly string[]) => faults.map((fault) => `${NAME}: ${fault}`))(readEndpoints(json.right))
}
