import type { KycEvent } from '../event/kycEvent.ts'
import { UNSEEN } from '../event/metadata.ts'
import { type Instant, later } from '../instant.ts'
import { isSuccess } from '../regions.ts'
import { CANCELED } from '../treezor/codes.ts'
import type { SaidCountry } from '../treezor/country.ts'
import type { Statement } from '../treezor/statement.ts'

/** What was said last of whether a user's assets are frozen, and when that was. */
interface NewestFreeze {
  readonly at: Instant
  readonly frozen: boolean
}

/**
 * What the events of a user say of how long they have to be kept. It is no part of the status, and shown to nobody who asks for that.
 * An event counts here from the later of when it occurred and when it was received: what dates a user object is not signed, and one
 * that was set back by years would otherwise be due at once.
 */
export interface Keeping {
  /** The first to say that the relationship has ended: from when that counts, and when it occurred. */
  readonly ended: { readonly at: Instant; readonly occurredAt: Instant } | null
  /** Of all that was heard of the user, the last. */
  readonly heardAt: Instant | null
  /** Of all that says something else than that it has ended, the last to count, and the last to have occurred. */
  readonly saidAt: Instant | null
  readonly saidOccurredAt: Instant | null
  /** Whether his assets are frozen, by what occurred last and by what was received last. */
  readonly freeze: { readonly occurred: NewestFreeze; readonly received: NewestFreeze } | null
  /** Every country that was said of him, each once, sorted. */
  readonly countries: readonly SaidCountry[]
  /** Something that was said of him cannot be read. */
  readonly unread: boolean
}

/** Before the first event. */
export const NOTHING_HEARD: Keeping = {
  ended: null,
  heardAt: null,
  saidAt: null,
  saidOccurredAt: null,
  freeze: null,
  countries: [],
  unread: false,
}

/** Whether it says that the provider has closed the user: the same again, where that was said before. */
const saysClosed = (statement: Statement): boolean => statement.region === 'legacy' && statement.userStatus === CANCELED

/**
 * Whether a statement closes the user. It is signed, and takes nothing for granted: what is not followed for its date closes him all
 * the same; a payload that was here before does so unless it claims a success.
 */
export const closes = (statement: Statement, { echoOf }: Pick<KycEvent, 'echoOf'>): boolean =>
  saysClosed(statement) && (echoOf === null || echoOf === UNSEEN || !isSuccess(statement.says))

/** Of what is newest; of several that are equally new, one that says so is enough. */
const newer = (before: NewestFreeze | null, at: Instant, frozen: boolean): NewestFreeze => {
  if (before === null || at > before.at) return { at, frozen }
  return at === before.at && frozen ? { at, frozen } : before
}

/** A payload that was here before lifts no freeze: it may have been captured before that. */
const withFreeze = (
  freeze: Keeping['freeze'],
  frozen: boolean,
  { echoOf, occurredAt, receivedAt }: Pick<KycEvent, 'echoOf' | 'occurredAt' | 'receivedAt'>,
): Keeping['freeze'] =>
  !frozen && echoOf !== null
    ? freeze
    : {
        occurred: newer(freeze?.occurred ?? null, occurredAt, frozen),
        received: newer(freeze?.received ?? null, receivedAt, frozen),
      }

const withCountry = (countries: Keeping['countries'], country: SaidCountry | null): Keeping['countries'] =>
  country === null || countries.includes(country) ? countries : [...countries, country].sort()

/** What is known with one event more, in the order of the fold. */
export const keepingWith = (
  before: Keeping,
  event: Pick<KycEvent, 'occurredAt' | 'receivedAt' | 'echoOf'>,
  statements: readonly Statement[],
): Keeping => {
  const { occurredAt, receivedAt } = event
  const at = Math.max(occurredAt, receivedAt) as Instant
  let { ended, saidAt, saidOccurredAt, freeze, countries, unread } = before
  for (const statement of statements) {
    if (closes(statement, event) && (ended === null || at < ended.at)) ended = { at, occurredAt }
    if (!saysClosed(statement)) {
      saidAt = later(saidAt, at)
      saidOccurredAt = later(saidOccurredAt, occurredAt)
    }
    if (statement.region === 'unread') unread = true
    if (statement.region !== 'legacy' && statement.region !== 'lifecycle') continue
    countries = withCountry(countries, statement.country)
    if (statement.region === 'legacy' && statement.frozen !== null) freeze = withFreeze(freeze, statement.frozen, event)
  }
  return { ended, heardAt: later(before.heardAt, at), saidAt, saidOccurredAt, freeze, countries, unread }
}
