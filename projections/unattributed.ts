import * as A from 'fp-ts/lib/Array.js'
import * as E from 'fp-ts/lib/Either.js'
import { ALTERED } from '../domain/answer/anomalies.ts'
import { readEvent } from '../domain/event/kycEvent.ts'
import type { StoredEvent } from '../domain/event/storedEvent.ts'
import type { UserId } from '../domain/identifiers.ts'
import { formatMilliseconds } from '../domain/instant.ts'
import { holds } from '../domain/state/adoption.ts'
import type { AnomalyKind } from '../domain/state/anomaly.ts'
import { shownName } from '../domain/treezor/family.ts'
import type { Interpretation } from '../domain/treezor/meaning.ts'

/** Why an event belongs to nobody: its users are not named, what it is cannot be told, or it is not what was received. */
export const KINDS_OF_NOBODY = [
  'user-unknown',
  'unreadable-event',
  'event-altered',
] as const satisfies readonly AnomalyKind[]
export type KindOfNobody = (typeof KINDS_OF_NOBODY)[number]

/** An event that belongs to nobody, as it is shown: of what its webhook says it repeats ids and nothing else. */
export interface UnattributedEvent {
  readonly eventId: string
  /** In the stream of the unattributed. */
  readonly revision: number
  readonly name: string | null
  /** RFC 3339, UTC; `null` for an event that cannot be read, or was altered. */
  readonly occurredAt: string | null
  readonly recordedAt: string | null
  readonly kind: KindOfNobody
  /** For a person: why it is nobody's, and with that counts for nobody's status. */
  readonly detail: string
}

/** What the read model holds of an event of the stream of the unattributed. */
export interface UnattributedRow {
  readonly event: UnattributedEvent
  /** The documents that it speaks of without naming their user; who owns one adopts what is said of it. */
  readonly documents: readonly string[]
  /** The users whom this version finds in it, whatever the one found that recorded it. */
  readonly users: readonly UserId[]
  /** Whether it belongs to somebody once each of `documents` has an owner: it says nothing else that names no user. */
  readonly adoptable: boolean
}

const LISTED = 10
const listed = (all: readonly string[]): string =>
  all
    .slice(0, LISTED)
    .concat(all.length > LISTED ? ['…'] : [])
    .join(', ')

const whyOfNobody = (
  { family, unattributable }: Interpretation,
  documents: readonly string[],
  adoptable: boolean,
): string => {
  if (family === null) return 'its signed payload is of a shape that this version does not know'
  return adoptable
    ? `it names no user, and speaks of a document whose owner is not known: ${listed(documents)}`
    : `an id that tells whom it speaks of is missing, or cannot be one: ${listed(unattributable)}`
}

const kindOf = ({ family }: Interpretation): KindOfNobody => (family === null ? 'unreadable-event' : 'user-unknown')

const WHY_UNREAD: Readonly<Record<Exclude<KindOfNobody, 'user-unknown'>, string>> = {
  'unreadable-event': 'this version cannot read it',
  'event-altered': ALTERED,
}

/** The row of an event of the stream of the unattributed of which nothing is made: whose it would be is not asked. */
export const unreadableRow = (
  { eventId, revision }: Pick<StoredEvent, 'eventId' | 'revision'>,
  kind: keyof typeof WHY_UNREAD = 'unreadable-event',
): UnattributedRow => {
  const detail = WHY_UNREAD[kind]
  const event = { eventId, revision, name: null, occurredAt: null, recordedAt: null, kind, detail }
  return { event, documents: [], users: [], adoptable: false }
}

/** Reads an event of the stream of the unattributed. Total: one that cannot be read belongs to nobody. */
export const unattributedRow = (stored: StoredEvent): UnattributedRow => {
  const { eventId, revision } = stored
  const decoded = readEvent(stored)
  if (E.isLeft(decoded)) {
    return unreadableRow(stored, decoded.left._tag === 'AlteredEvent' ? 'event-altered' : 'unreadable-event')
  }
  const { webhook, interpretation, occurredAt, recordedAt } = decoded.right
  const { statements, orphans, unattributable } = interpretation
  const documents = [...new Set(orphans.map(({ documentId }) => documentId))]
  const users = [...new Set(statements.map(({ userId }) => userId))]
  const adoptable = statements.length + orphans.length > 0 && orphans.length === unattributable.length
  const event = {
    eventId,
    revision,
    name: shownName(webhook.name),
    occurredAt: formatMilliseconds(occurredAt),
    recordedAt: formatMilliseconds(recordedAt),
    kind: kindOf(interpretation),
    detail: whyOfNobody(interpretation, documents, adoptable),
  }
  return { event, documents, users, adoptable }
}

/** Whether the stream of a user, of which these are the first events, has told him before what the event tells him. */
export const isToldBy = (own: readonly StoredEvent[], event: StoredEvent): boolean => {
  const decoded = readEvent(event)
  return E.isRight(decoded) && holds(A.rights(own.map((one) => readEvent(one))), decoded.right)
}
