import { setImmediate } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import { type Arrival, type HistoryEntry, history } from '../../domain/history.ts'
import type { RecordedEvent } from '../eventStore/eventStore.ts'
import { unknownParameter, withUserId } from './parameters.ts'
import { problem } from './problem.ts'
import { currentModel, type Reading, settledEvents, unknownUser } from './reading.ts'

/** After so many events the other requests get their turn. */
const EVENTS_AT_A_TIME = 50

const byPosition = (a: { readonly event: RecordedEvent }, b: { readonly event: RecordedEvent }): number =>
  a.event.position < b.event.position ? -1 : 1

/** `GET /users/{userId}/kyc/history`: what each event changed, as known when it was recorded. */
export const kycHistory = (reading: Reading): RequestHandler =>
  withUserId(async (userId, req, res) => {
    if (Object.keys(req.query).length > 0)
      return problem(res, 400, unknownParameter(req, []) ?? 'no query is known here')
    if (currentModel(reading, res) === null) return
    const events = await settledEvents(reading, res, userId)
    if (events === null) return
    const { own, orphans } = events
    if (own.length === 0) return unknownUser(res)
    const arrivals: readonly (Arrival & { readonly event: RecordedEvent })[] = [
      ...own.map((event) => ({ event, orphan: false })),
      ...orphans.map((event) => ({ event, orphan: true })),
    ].sort(byPosition)

    const entries: (HistoryEntry & { readonly revision: number; readonly position: string })[] = []
    let index = 0
    for (const entry of history(userId, arrivals)) {
      const event = arrivals[index++]?.event
      if (event !== undefined) entries.push({ ...entry, revision: event.revision, position: event.position })
      if (index % EVENTS_AT_A_TIME === 0) await setImmediate()
    }
    res.json({ userId, events: entries })
  })
