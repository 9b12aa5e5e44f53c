import type { Request } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { askedAt, DRIFT_KINDS, type DriftTime } from '../../../../domain/answer/drift.ts'
import { STATUSES } from '../../../../domain/answer/status.ts'
import { type Instant, minutes } from '../../../../domain/instant.ts'
import { ANOMALY_KINDS } from '../../../../domain/state/anomaly.ts'
import type { UserFilter } from '../../../readModel/database/userList.ts'
import { dateParameter, instantParameter, oneOf, userIdParameter, wholeNumber } from '../../parameters.ts'
import { queryOf } from '../../query.ts'
import { choice, textField } from '../html/fields.ts'
import { type Html, html } from '../html/html.ts'

const query = queryOf({
  status: oneOf(STATUSES),
  anomaly: oneOf(ANOMALY_KINDS),
  reviewDueBefore: dateParameter,
  pendingSince: instantParameter,
  pendingDays: wholeNumber(0, 3650),
  drift: oneOf(DRIFT_KINDS),
  after: userIdParameter,
})

/** What a field is called where somebody fills it in. */
const LABELS = {
  status: 'Status',
  anomaly: 'Anomaly',
  reviewDueBefore: 'Review due before',
  pendingDays: 'Pending for',
  drift: 'Drift',
} as const

/** A fault names the parameter; whoever sees the form knows its label. */
const byLabel = (fault: string): string =>
  fault.replace(/^\w+(?= must be )/, (name) =>
    Object.hasOwn(LABELS, name) ? `“${LABELS[name as keyof typeof LABELS]}”` : name,
  )

/** What the list is limited by, or what is wrong with it: what the API knows, and for how many days somebody has been pending. */
export const filtersOf = (req: Request, time: DriftTime): E.Either<string, Omit<UserFilter, 'limit'>> =>
  pipe(
    query(req),
    E.mapLeft(byLabel),
    E.map(({ pendingDays, pendingSince, drift, ...filters }) => {
      const before = pendingDays === null ? null : ((time.now - minutes(pendingDays * 24 * 60)) as Instant)
      return {
        ...filters,
        pendingSince: earlier(pendingSince, before),
        drift: drift === null ? null : askedAt(drift, time),
      }
    }),
  )

const earlier = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : a < b ? a : b

/** What a form was sent with, right or wrong, to be shown in it again. */
type Sent = Readonly<Record<string, unknown>>

const text = (sent: unknown): string | null => (typeof sent === 'string' ? sent : null)

/** A form of all that the list may be limited by. */
export const filterForm = (sent: Sent): Html => html`
<form class="ask" action="/users" method="get">
${choice({ name: 'status', label: LABELS.status, value: text(sent['status']) }, STATUSES, 'any')}
${choice({ name: 'anomaly', label: LABELS.anomaly, value: text(sent['anomaly']) }, ANOMALY_KINDS, 'any, or none')}
${choice({ name: 'drift', label: LABELS.drift, value: text(sent['drift']) }, DRIFT_KINDS, 'any, or none')}
${textField({ name: 'reviewDueBefore', label: LABELS.reviewDueBefore, value: text(sent['reviewDueBefore']) }, 'date')}
${textField({ name: 'pendingDays', label: LABELS.pendingDays, hint: 'days, or longer', value: text(sent['pendingDays']) })}
<button>Show</button>
</form>`

/** The path of the same list from a user on; from its beginning where none is given. */
export const pathOf = (sent: Sent, after: string | null): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(sent))
    if (name !== 'after' && typeof value === 'string' && value !== '') query.set(name, value)
  if (after !== null) query.set('after', after)
  return query.size === 0 ? '/users' : `/users?${query}`
}
