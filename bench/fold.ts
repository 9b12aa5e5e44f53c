import * as E from 'fp-ts/lib/Either.js'
import { createActor } from 'xstate'
import { type KycEvent, readEvent } from '../domain/event/kycEvent.ts'
import { comparePlaces } from '../domain/event/order.ts'
import type { StoredEvent } from '../domain/event/storedEvent.ts'
import type { UserId } from '../domain/identifiers.ts'
import { evolveAll } from '../domain/state/evolve.ts'
import { fold } from '../domain/state/fold.ts'
import { userMachine } from '../domain/state/machine.ts'
import { readWebhook, type WebhookReading } from '../domain/state/reading.ts'
import { atLeast, figure, type Measurement, NO_TARGET } from './measurement.ts'
import { eventsOf, FIRST_PREPARED_USER } from './preparedLog.ts'
import { interleave, type Side } from './rounds.ts'
import { delivery, STORY_LENGTH } from './webhooks.ts'

interface History {
  readonly userId: UserId
  readonly stored: readonly StoredEvent[]
  /** Decoded and in order. */
  readonly readings: readonly WebhookReading[]
}

const historyOf = async (user: number): Promise<History> => {
  const bodies = Array.from({ length: STORY_LENGTH }, (_, step) => delivery(user, step))
  const stored = (await eventsOf(bodies)).map((event, revision) => ({
    ...event,
    revision,
    position: String(revision).padStart(16, '0'),
  }))
  const userId = String(user) as UserId
  const events = stored
    .map((event) => readEvent(event))
    .flatMap((event): readonly KycEvent[] => (E.isRight(event) ? [event.right] : []))
  const readings = events.map((event) => readWebhook(event, userId)).sort((a, b) => comparePlaces(a.place, b.place))
  return { userId, stored, readings }
}

const perSecond = (histories: readonly History[], repeat: number, work: (history: History) => void): Side => {
  const began = performance.now()
  for (let time = 0; time < repeat; time++) for (const history of histories) work(history)
  const events = repeat * histories.reduce((sum, { stored }) => sum + stored.length, 0)
  return { value: events / ((performance.now() - began) / 1000) }
}

/** The fold as it is: state of every object, times, anomalies. */
const byTable = ({ userId, readings }: History): void => {
  evolveAll(userId, readings)
}

/** The same statements, sent to an actor of the same machine. */
const byActor = ({ readings }: History): void => {
  const actor = createActor(userMachine).start()
  for (const { event, statements } of readings) {
    for (const { region, says } of statements) {
      if (region !== 'unread') actor.send({ type: `${region}.${says}`, echo: event.echoOf !== null })
    }
  }
  actor.stop()
}

const byTableFromText = ({ userId, stored }: History): void => {
  fold(userId, stored)
}

const byActorFromText = ({ userId, stored }: History): void => {
  const events = stored.map((event) => readEvent(event)).flatMap((event) => (E.isRight(event) ? [event.right] : []))
  const readings = events.map((event) => readWebhook(event, userId)).sort((a, b) => comparePlaces(a.place, b.place))
  byActor({ userId, stored, readings })
}

/** Few enough to stay in the cache of a core: a history is folded right after it was decoded. */
const HISTORIES = 50

export const foldMeasurement: Measurement = {
  name: 'fold',
  run: async ({ quick, rounds }) => {
    const histories = await Promise.all(
      Array.from({ length: HISTORIES }, (_, index) => historyOf(FIRST_PREPARED_USER + index)),
    )
    const repeat = (times: number): number => (quick ? Math.ceil(times / 3) : times)
    for (const warm of [byTable, byActor, byTableFromText, byActorFromText]) perSecond(histories, 20, warm)
    const results = await interleave(rounds, {
      table: () => perSecond(histories, repeat(1000), byTable),
      actor: () => perSecond(histories, repeat(50), byActor),
      tableFromText: () => perSecond(histories, repeat(30), byTableFromText),
      actorFromText: () => perSecond(histories, repeat(20), byActorFromText),
    })
    return [
      figure(
        { what: 'fold', against: 'XState actor, same histories', unit: 'events/s' },
        results.map((result) => ({ product: result.table, against: result.actor })),
        atLeast(20),
        ['both over decoded events; the fold also keeps objects, times and anomalies, which the actor does not'],
      ),
      figure(
        { what: 'fold from stored text', against: 'XState actor, same texts', unit: 'events/s' },
        results.map((result) => ({ product: result.tableFromText, against: result.actorFromText })),
        NO_TARGET,
        ['for comparison: decoding is the same work on both sides and dominates the fold'],
      ),
    ]
  },
}
