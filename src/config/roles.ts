import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { SCOPES, type Scope } from './apiKeys.ts'
import { readNamedFile } from './namedFile.ts'

/** What somebody may do who has a role here. */
export const BUILT_IN_ROLES = {
  /** A service or a person who has to know how users stand. */
  reader: ['kyc:read'],
  /** Sees everything, and changes nothing. */
  auditor: ['kyc:read', 'audit:read', 'seal:read', 'metrics:read', 'retention:read'],
  /** Keeps the service running: no data of persons, nothing is erased. */
  operator: ['kyc:read', 'seal:read', 'metrics:read', 'journal:write'],
  /** Decides what is kept and what goes, and answers persons who ask what is known of them. */
  'data-protection-officer': ['kyc:read', 'audit:read', 'retention:read', 'retention:request', 'retention:confirm'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>

/** What a name in a token gives: a scope, a role, or a group as the provider of identities calls it. */
export type Roles = ReadonlyMap<string, readonly Scope[]>

/** Scopes and roles of this service by their own names. */
export const GIVEN_ROLES: Roles = new Map<string, readonly Scope[]>([
  ...Object.entries(BUILT_IN_ROLES),
  ...SCOPES.map((scope): [string, readonly Scope[]] => [scope, [scope]]),
])

const NAME = 'ROLES'
const ROLES_VERSION = 1
const MEMBERS = ['version', 'roles']
/** Of a role or group in a token: some are distinguished names of a directory. */
export const LONGEST_ROLE = 512

const isMembers = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === 'object' && u !== null && !Array.isArray(u)

const scopesOf = (u: unknown): readonly Scope[] | null => {
  if (!Array.isArray(u) || u.length === 0) return null
  const given = u.map((name: unknown) => (typeof name === 'string' ? GIVEN_ROLES.get(name) : undefined))
  return given.some((scopes) => scopes === undefined) ? null : [...new Set(given.flatMap((scopes) => scopes ?? []))]
}

const readFile = (json: unknown): E.Either<readonly string[], Roles> => {
  if (!isMembers(json)) return E.left(['expected a JSON object'])
  const { version, roles } = json
  const entries = isMembers(roles) ? Object.entries(roles) : []
  const faults = [
    ...(Object.keys(json).every((name) => MEMBERS.includes(name)) ? [] : ['it has members besides version, roles']),
    ...(version === ROLES_VERSION ? [] : [`version: expected ${ROLES_VERSION}`]),
    ...(entries.length > 0 ? [] : ['roles: expected an object of at least one role']),
    ...entries.flatMap(([name, given], index) => [
      ...(name.length >= 1 && name.length <= LONGEST_ROLE
        ? []
        : [`roles: name ${index + 1} must have 1 to ${LONGEST_ROLE} characters`]),
      ...(scopesOf(given) === null
        ? [`roles: what name ${index + 1} gives must be a list of ${[...GIVEN_ROLES.keys()].join(', ')}`]
        : []),
    ]),
  ]
  return faults.length > 0
    ? E.left(faults)
    : E.right(new Map(entries.map(([name, given]) => [name, scopesOf(given) ?? []])))
}

/**
 * Reads what names in tokens give out of the JSON file that `ROLES` names: those that it names, and nothing else. Where it names none,
 * the scopes and the roles of this service go by their own names.
 */
export const readRoles = (file: string): E.Either<readonly string[], Roles> => {
  if (file === '') return E.right(GIVEN_ROLES)
  const text = readNamedFile(NAME, file)
  if (E.isLeft(text)) return E.left([text.left])
  const json = J.parse(text.right)
  if (E.isLeft(json)) return E.left([`${NAME}: the file is not JSON`])
  return E.mapLeft((faults: readonly string[]) => faults.map((fault) => `${NAME}: ${fault}`))(readFile(json.right))
}
