import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { knownBy, type Question } from '../../../domain/answer/question.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { Appended } from '../../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, Position } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import type { DeliveryOutcome } from '../../../src/ingest/delivery.ts'
import { receiveDelivery } from '../../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../../src/ingest/recordFact.ts'
import { Erased, hearErasures } from '../../../src/ledger/erased.ts'
import { type OwnEvent, ownEvent } from '../../../src/ledger/ownEvent.ts'
import { streamOf } from '../../../src/ledger/streams.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { readUserEvents, type UserEvents } from '../../../src/readModel/userEvents.ts'
import { sign, webhookSecret } from '../../../src/webhooks/signature.ts'
import { GROUND, sayOfErasure } from '../erasures/recordErased.ts'
import { instant } from '../events/storedEvents.ts'
import { recordAsFound } from '../logs/logs.ts'
import { right } from '../right.ts'
import type { KycStatus } from '../service/answers.ts'
import { temporaryDirectory } from '../temporaryDirectory.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { SECRET } from '../webhooks/webhookBuilders.ts'

/** A webhook with the time of its arrival: whoever delivers it again says the same time. */
export interface Arriving {
  readonly webhook: WebhookJson
  readonly receivedAt: Instant
}

export const RECEIVED_AT = instant('2030-01-01T00:00:00Z')

/** The body of a delivery, signed. */
export const deliveryOf = (webhook: WebhookJson): Buffer => {
  const signature = sign(JSON.stringify(webhook.object_payload), SECRET)
  return Buffer.from(JSON.stringify({ ...webhook, object_payload_signature: signature }))
}

/** A log, a projection of it that follows and the read model it keeps: all of the service but HTTP, in this process. */
export interface Pipeline {
  readonly store: EventStore
  /** Of the log. */
  readonly file: string
  readonly deliver: (webhook: WebhookJson, receivedAt?: Instant) => Promise<DeliveryOutcome>
  /** Writes what the service says itself into the stream of a user, at its end, whoever else does. */
  readonly write: (userId: UserId, eventId: string, event: OwnEvent) => Promise<Appended>
  readonly append: (userId: UserId, events: readonly NewEvent[]) => Promise<Appended>
  /** Writes it into one stream alone, as a release did that found no other user in it, or for `null` nobody at all. */
  readonly record: (found: UserId | null, webhook: WebhookJson) => Promise<void>
  /** Records that a user is erased, and removes his stream. */
  readonly erase: (userId: UserId) => Promise<void>
  /** Resolves once the read model holds all that was delivered. */
  readonly projected: () => Promise<void>
  readonly reader: ReadModelReader
  readonly readModelFile: string
  /** The body of `GET /users/{userId}/kyc`; `null` for a user nobody knows. */
  readonly body: (userId: UserId) => string | null
  readonly kyc: (userId: UserId) => KycStatus
  readonly userEvents: (userId: UserId) => Promise<UserEvents>
  /** A read model built anew from the log as it stands. */
  readonly rebuilt: () => Promise<ReadModelReader>
  readonly close: () => Promise<void>
}

/** The answer out of the log to a question about the past, as the read API gives it. */
export const statusThen = (userId: UserId, { own, orphans }: UserEvents, { asOf, knownAt }: Question): KycStatus =>
  currentStatus(fold(userId, knownBy(own, knownAt), knownBy(orphans, knownAt), { asOf })) as unknown as KycStatus

const projecting = (store: EventStore, file: string, after: () => Position | null) => {
  const model = openReadModelWriter(file)
  const stopping = new AbortController()
  let position: Position | null = null
  let wake: () => void = () => undefined
  let failure: unknown
  const progressed = (progress: Progress): void => {
    position = progress.position ?? position
    wake()
  }
  const running = runProjection(store, model, stopping.signal, progressed).catch((error: unknown) => {
    failure = error
    wake()
  })
  const reached = async (): Promise<void> => {
    for (let end = after(); end !== null && (position === null || position < end); end = after()) {
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
    model.close()
  }
  return { reached, stop }
}

/** Opens an empty one, in a directory of its own. */
export const openPipeline = async (): Promise<Pipeline> => {
  const directory = await temporaryDirectory()
  const log = join(directory.path, 'events.db')
  const store = right(await openSqliteEventStore({ file: log })())
  let clock = RECEIVED_AT
  let end: Position | null = null
  const file = join(directory.path, 'read-model.db')
  const projection = projecting(store, file, () => end)
  const reader = openReadModelReader(file)
  const erased = new Erased()
  const isErased = (userId: UserId): boolean => erased.users.has(userId)
  const look = (): Promise<void> => hearErasures(store, erased)
  const receive = receiveDelivery({
    recorder: recordFacts(store, () => clock, undefined, undefined, { isErased, look }),
    secrets: () => [webhookSecret(SECRET)],
    keep: async () => E.right(undefined),
    isErased,
  })
  const closing: (() => Promise<void> | void)[] = []
  const append = async (userId: UserId, events: readonly NewEvent[]): Promise<Appended> => {
    const stream = streamOf(userId)
    for (;;) {
      const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
      const written = await store.append(stream, last?.revision ?? 'no-stream', events)()
      if (E.isLeft(written) && written.left._tag === 'WrongExpectedVersion') continue
      const appended = right(written)
      if (appended.position > (end ?? '')) end = appended.position
      return appended
    }
  }
  const body = (userId: UserId): string | null => reader.kycAnswer(userId)?.body ?? null
  return {
    store,
    file: log,
    readModelFile: file,
    deliver: async (webhook, receivedAt = RECEIVED_AT) => {
      clock = receivedAt
      const outcome = await receive({
        body: deliveryOf(webhook),
        contentType: 'application/json',
        receivedAt,
        resubmitted: false,
      })
      if (outcome._tag === 'NotStored') throw new Error(outcome.reason)
      if ('events' in outcome) for (const { position } of outcome.events) if (position > (end ?? '')) end = position
      return outcome
    },
    append,
    write: (userId, eventId, event) => append(userId, [ownEvent(eventId, event)]),
    record: async (found, webhook) => {
      end = (await recordAsFound(store, found, webhook)).position
    },
    erase: async (userId) => {
      const stream = streamOf(userId)
      const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
      const to = last?.revision ?? -1
      const said = { _tag: 'Erased', erasure: 0, userId, ground: GROUND, stream, from: 0, to, leaves: [] } as const
      end = (await sayOfErasure(store, said)).position
      right(await store.erase(stream, to === -1 ? 'no-stream' : to)())
      await look()
    },
    projected: projection.reached,
    reader,
    body,
    kyc: (userId) => JSON.parse(body(userId) ?? 'null') as KycStatus,
    userEvents: (userId) => readUserEvents(store, userId, reader.orphansOf(userId)),
    rebuilt: async () => {
      const anew = join(directory.path, `read-model-${closing.length}.db`)
      const building = projecting(store, anew, () => end)
      await building.reached()
      await building.stop()
      const rebuilt = openReadModelReader(anew)
      closing.push(rebuilt.close)
      return rebuilt
    },
    close: async () => {
      await projection.stop()
      reader.close()
      for (const close of closing) await close()
      await store.close()
      await directory.remove()
    },
  }
}

/** So many of them for all tests of a `describe`, closed with it. */
export const sharedPipelines = (count: number): (() => readonly Pipeline[]) => {
  let pipelines: readonly Pipeline[] = []
  before(async () => {
    pipelines = await Promise.all(Array.from({ length: count }, openPipeline))
  })
  after(async () => {
    await Promise.all(pipelines.map((one) => one.close()))
  })
  return () => pipelines
}

let cast = 0

/** Two users nobody has heard of, one to stand in for user 42 and one for user 43 of generated webhooks. */
export const newCast = (): { readonly user: UserId; readonly other: UserId } => {
  cast += 1
  return { user: String(1_000_000 + cast) as UserId, other: String(2_000_000 + cast) as UserId }
}

/** The webhook with these users, and documents of their own, in place of the generator's. */
export const played = (webhook: WebhookJson, { user, other }: ReturnType<typeof newCast>): WebhookJson => {
  const roles: Readonly<Record<string, string>> = { '42': user, '43': other }
  const recast = (value: unknown): unknown => {
    if (typeof value === 'number') {
      const text = String(value)
      return Object.hasOwn(roles, text) ? Number(roles[text]) : /^80\d$/.test(text) ? Number(user + text) : value
    }
    if (typeof value === 'string') {
      return Object.hasOwn(roles, value) ? roles[value] : /^80\d$/.test(value) ? user + value : value
    }
    if (Array.isArray(value)) return value.map(recast)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, recast(field)]))
  }
  const { webhook_id: id, ...others } = recast(webhook) as WebhookJson
  // The stream of what names no user is that of all casts: an id that came with several payloads proves nothing.
  return id === undefined ? others : { ...others, webhook_id: `${id} of ${user}` }
}
