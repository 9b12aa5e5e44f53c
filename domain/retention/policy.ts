import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { COUNTRIES, type Country, isCountry } from '../treezor/country.ts'
import { isObject } from '../treezor/fields.ts'
import { Period } from './period.ts'

/** How long records are kept after the relationship with their user has ended, as the company has decided by the law of each country. */
export interface RetentionPolicy {
  /** Where `byCountry` has none. */
  readonly default: Period
  readonly byCountry: Readonly<Partial<Record<Country, Period>>>
  /** Of a user who was refused and never came back. */
  readonly refused: Period
  /** Of events that belong to nobody, from their recording. */
  readonly nobody: Period
  /** Whether what is due is erased without being asked for. */
  readonly automatic: boolean
}

/** The version of the shape of a policy's file. */
export const POLICY_VERSION = 1

/** CMF L561-12; AMLR (EU) 2024/1624, Art. 77. */
const FIVE_YEARS: Period = { years: 5, months: 0, days: 0, text: 'P5Y' }

const Version = t.literal(POLICY_VERSION, String(POLICY_VERSION))
const Automatic = new t.Type<boolean, boolean, unknown>('true or false', t.boolean.is, t.boolean.validate, t.identity)

const named = (name: string): t.Mixed => new t.Type(name, (_u): _u is never => false, t.failure, t.identity)
const NO_MEMBER = named('nothing of this name')
const NO_COUNTRY = named(`a distributionCountry: one of ${COUNTRIES.join(', ')}`)

/** The countries' periods. A code that nobody can have would never apply: it is a mistake. */
const ByCountry = new t.Type<RetentionPolicy['byCountry'], unknown, unknown>(
  'an object of periods by distributionCountry',
  (u): u is RetentionPolicy['byCountry'] => isObject(u),
  (u, context) => {
    if (!isObject(u)) return t.failure(u, context)
    const errors: t.ValidationError[] = []
    const periods: Partial<Record<Country, Period>> = {}
    for (const [code, value] of Object.entries(u)) {
      if (!isCountry(code)) {
        errors.push({ value, context: t.appendContext(context, code, NO_COUNTRY, value) })
        continue
      }
      const period = Period.validate(value, t.appendContext(context, code, Period, value))
      if (E.isLeft(period)) errors.push(...period.left)
      else periods[code] = period.right
    }
    return errors.length > 0 ? t.failures(errors) : E.right(periods)
  },
  t.identity,
)

const MEMBERS = {
  version: Version,
  default: Period,
  byCountry: ByCountry,
  refused: Period,
  nobody: Period,
  automatic: Automatic,
} as const

/** The names of what stands in a policy. */
export const POLICY_MEMBERS = Object.keys(MEMBERS)

const OTHERWISE = { default: FIVE_YEARS, byCountry: {}, refused: FIVE_YEARS, nobody: FIVE_YEARS, automatic: false }

/** A policy as its file holds it. All but `version` may be left out; a name that nothing reads is a mistake. */
export const RetentionPolicy = new t.Type<RetentionPolicy, unknown, unknown>(
  'a JSON object',
  (u): u is RetentionPolicy => isObject(u) && Period.is(u['default']),
  (u, context) => {
    if (!isObject(u)) return t.failure(u, context)
    const errors: t.ValidationError[] = []
    for (const key of Object.keys(u)) {
      if (!Object.hasOwn(MEMBERS, key)) {
        errors.push({ value: u[key], context: t.appendContext(context, key, NO_MEMBER, u[key]) })
      }
    }
    const read: Record<string, unknown> = { ...OTHERWISE }
    for (const [key, codec] of Object.entries<t.Mixed>(MEMBERS)) {
      if (u[key] === undefined && key !== 'version') continue
      const member = codec.validate(u[key], t.appendContext(context, key, codec, u[key]))
      if (E.isLeft(member)) errors.push(...member.left)
      else if (key !== 'version') read[key] = member.right
    }
    return errors.length > 0 ? t.failures(errors) : E.right(read as unknown as RetentionPolicy)
  },
  t.identity,
)

const faultOf = ({ context }: t.ValidationError): string => {
  const path = context.slice(1).map(({ key }) => key)
  const expected = context.at(-1)?.type.name
  return path.length === 0 ? `expected ${expected}` : `${path.join('.')}: expected ${expected}`
}

/** Reads a policy; otherwise all that is wrong with it, each by its path and without its value. */
export const readPolicy = (json: unknown): E.Either<readonly string[], RetentionPolicy> =>
  E.mapLeft((errors: t.Errors) => errors.map(faultOf))(RetentionPolicy.decode(json))
