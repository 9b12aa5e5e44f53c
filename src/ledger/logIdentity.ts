import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { Instant } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { storeUnreachable } from '../eventStore/readFailure.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { appendFailed } from './kycLog.ts'
import { type OwnEvent, ownEvent, readOwnEvent } from './ownEvent.ts'
import { KYC_LOG } from './streams.ts'

const LOG_CREATED = 'kyc-ledger.log-created'
export const LOG_COPIED = 'kyc-ledger.log-copied'
export const EVENTS_LOST_ACCEPTED = 'kyc-ledger.events-lost-accepted'

/** Which log it is: the same in every copy and every restored backup of it. */
export interface LogIdentity {
  /** A UUID. */
  readonly logId: string
  /** How often it was copied into another store: the same event has another position in each. From 0. */
  readonly generation: number
  /** How often somebody has accepted that its newest events are lost. From 0. */
  readonly losses: number
}

/**
 * What signs its checkpoints is called so, and so are they (the origin of C2SP tlog-checkpoint). A copy has another one, since it goes on
 * by itself, and so has a log of which events were accepted as lost: whoever knows it as it was has to hear of that.
 */
export const originOf = ({ logId, generation, losses }: LogIdentity): string =>
  generation === 0 && losses === 0 ? logId : `${logId}/${generation}.${losses}`

/** It is about the store in which it stands: no other copy of the log holds it. */
export const isRecordOfCopy = (event: RecordedEvent): boolean =>
  event.stream === KYC_LOG && readOwnEvent(event)?.type === LOG_COPIED

const createdIn = ({ type, data }: OwnEvent): LogIdentity | null => {
  const { logId, generation } = data
  return type === LOG_CREATED && typeof logId === 'string' && typeof generation === 'number'
    ? { logId, generation, losses: 0 }
    : null
}

const after = (identity: LogIdentity, event: OwnEvent | null): LogIdentity => {
  const { generation } = event?.data ?? {}
  if (event?.type === EVENTS_LOST_ACCEPTED) return { ...identity, losses: identity.losses + 1 }
  return event?.type === LOG_COPIED && typeof generation === 'number' ? { ...identity, generation } : identity
}

/** The identity that the events of `kyc-log` give; `null` where there are none. Throws where the first is not readable. */
export const identityIn = ([first, ...others]: readonly RecordedEvent[]): LogIdentity | null => {
  if (first === undefined) return null
  if (first.revision !== 0) {
    throw new Error(
      `${KYC_LOG} does not show its beginning: it was deleted or cut in the event store; take $maxCount, $maxAge and $tb off it`,
    )
  }
  const event = readOwnEvent(first)
  const created = event === null ? null : createdIn(event)
  if (created === null) {
    throw new Error(
      `the first event of ${KYC_LOG} cannot be read: a newer release wrote it, or another application did`,
    )
  }
  return others.map(readOwnEvent).reduce(after, created)
}

/** The identity of a log; `null` where it has none yet. */
export const readIdentity = async (store: EventStore): Promise<LogIdentity | null> =>
  identityIn(await Array.fromAsync(store.readStream(KYC_LOG)))

/** When somebody last accepted that the newest events of the log are lost; `null` where nobody has. */
export const lossAcceptedAt = async (store: EventStore): Promise<Instant | null> => {
  const own = (await Array.fromAsync(store.readStream(KYC_LOG))).map(readOwnEvent)
  return own.findLast((event) => event?.type === EVENTS_LOST_ACCEPTED)?.recordedAt ?? null
}

/** The identity of a log, which gets one if it has none. Of two that do so at once, one reads what the other gave. */
export const establishIdentity = async (store: EventStore, now: Clock): Promise<LogIdentity> => {
  const known = await readIdentity(store)
  if (known !== null) return known
  const created: OwnEvent = { type: LOG_CREATED, data: { logId: randomUUID(), generation: 0 }, recordedAt: now() }
  const result = await store.append(KYC_LOG, 'no-stream', [ownEvent(randomUUID(), created)])()
  if (E.isLeft(result) && result.left._tag !== 'WrongExpectedVersion') throw appendFailed(result.left)
  const established = await readIdentity(store)
  if (established === null) throw storeUnreachable(`the event store does not show ${KYC_LOG} yet`)
  return established
}
