import type { HeardEvent } from '../event/kycEvent.ts'
import { UNSEEN } from '../event/metadata.ts'
import { type Instant, later } from '../instant.ts'
import { isSuccess } from '../regions.ts'
import { CANCELED } from '../treezor/codes.ts'
import type { SaidCountry } from '../treezor/country.ts'
import type { Statement } from '../treezor/statement.ts'

/** Whether a user's assets are frozen, by all that said so: the last to have occurred, and the last to have been received. */
interface Freeze {
  readonly stands: boolean
  readonly occurredAt: Instant
  readonly receivedAt: Instant
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
  /** `null` where nothing ever said that his assets are frozen. */
  readonly freeze: Freeze | null
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
export const closes = (statement: Statement, { echoOf }: Pick<HeardEvent, 'echoOf'>): boolean =>
  saysClosed(statement) && (echoOf === null || echoOf === UNSEEN || !isSuccess(statement.says))

/**
 * A freeze is lifted by what both occurred and was received later than any: neither date alone tells which was the last word. A payload
 * that was here before lifts none: it may have been captured before that.
 */
const withFreeze = (
  freeze: Keeping['freeze'],
  says: boolean,
  { echoOf, occurredAt, receivedAt }: Pick<HeardEvent, 'echoOf' | 'occurredAt' | 'receivedAt'>,
): Keeping['freeze'] => {
  if (says) {
    return {
      stands: true,
      occurredAt: later(freeze?.occurredAt ?? null, occurredAt) ?? occurredAt,
      receivedAt: later(freeze?.receivedAt ?? null, receivedAt) ?? receivedAt,
    }
  }
  const lifts = freeze !== null && echoOf === null && occurredAt > freeze.occurredAt && receivedAt > freeze.receivedAt
  return lifts ? { ...freeze, stands: false } : freeze
}

const withCountry = (countries: Keeping['countries'], country: SaidCountry | null): Keeping['countries'] =>
  country === null || countries.includes(country) ? countries : [...countries, country].sort()

/** What is known with one event more, in the order of the fold. */
export const keepingWith = (
  before: Keeping,
  event: Pick<HeardEvent, 'occurredAt' | 'receivedAt' | 'echoOf'>,
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
