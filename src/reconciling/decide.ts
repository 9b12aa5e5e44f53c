import { type Status, statusOf } from '../../domain/answer/status.ts'
import type { NamedEvent, Observation } from '../../domain/event/ownEvent.ts'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { compared } from '../../domain/state/compared.ts'
import { fold } from '../../domain/state/fold.ts'
import { confirmed } from '../../domain/state/heldBack.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { isNews } from '../../domain/state/observed.ts'
import type { NewEvent } from '../eventStore/recordedEvent.ts'
import { observedEvent, releasedEvent } from '../ledger/observations.ts'
import { asAppended } from '../ledger/recordOwn.ts'
import type { ProvidedUser } from '../provider/provided.ts'
import type { UserEvents } from '../readModel/userEvents.ts'

/** What an answer comes to; `null`: the provider knows no such user. */
export const observationOf = (
  provided: Pick<ProvidedUser, 'user'> | null,
  documents: Observation['documents'],
): Observation => ({ source: 'treezor-api', user: provided?.user ?? null, documents })

/** What would be appended on top of a history, and the status with it; `null` where nothing would. */
export const decide = (
  userId: UserId,
  { own, orphans }: UserEvents,
  state: KycState,
  observation: Observation,
  recordedAt: Instant,
  corrections: readonly ReceiptCorrection[],
): {
  readonly events: readonly NewEvent[]
  readonly released: NamedEvent | null
  readonly answer: Status
  readonly after: Status
} | null => {
  const { word: answer } = compared(observation)
  // Nobody knows of such a user.
  if (state.events === 0 && observation.user === null) return null
  const observed = observedEvent(observation, recordedAt)
  const stateWith = (events: readonly NewEvent[]): KycState =>
    fold(userId, [...own, ...asAppended(userId, own.at(-1), events)], orphans, { corrections })
  const held = confirmed(state, observation)
  if (held !== null) {
    const { stream, revision, eventId, payloadHash } = held
    const released = { stream, revision, eventId, payloadHash }
    const release = releasedEvent({ releases: released, on: { observation: observed.eventId } }, recordedAt)
    const folded = stateWith([observed, release])
    const isVoid = folded.anomalies.some(({ kind, eventId: of }) => kind === 'release-void' && of === release.eventId)
    if (!isVoid) return { events: [observed, release], released, answer, after: statusOf(folded) }
  }
  if (!isNews(state, observation)) return null
  return { events: [observed], released: null, answer, after: statusOf(stateWith([observed])) }
}
