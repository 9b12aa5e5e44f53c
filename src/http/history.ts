import { setImmediate } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { type Arrival, type HistoryEntry, history } from '../../domain/history.ts'
import type { RecordedEvent } from '../eventStore/eventStore.ts'
import { answerJson } from './json.ts'
import { queryOf, withUserId } from './parameters.ts'
import { problem, unavailable } from './problem.ts'
import { currentModel, type Reading, settledEvents, unknownUser } from './reading.ts'

/** After so long the other requests get their turn. */
const TURN_MS = 10
/** So many at a time: each may hold thousands of events. */
const AT_A_TIME = 4

const byPosition = (a: { readonly event: RecordedEvent }, b: { readonly event: RecordedEvent }): number =>
  a.event.position < b.event.position ? -1 : 1

/** `GET /users/{userId}/kyc/history`: what each event changed, as known when it was recorded. */
export const kycHistory = (reading: Reading): RequestHandler => {
  let underWay = 0
  const answer = tellHistory(reading)
  return async (req, res, next) => {
    if (underWay === AT_A_TIME) return unavailable(res, 'too-many-histories', 'too many histories are being told', 1)
    underWay += 1
    try {
      await answer(req, res, next)
    } finally {
      underWay -= 1
    }
  }
}

const query = queryOf({})

const tellHistory = (reading: Reading): ReturnType<typeof withUserId> =>
  withUserId(async (userId, req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    if (currentModel(reading, res) === null) return
    const events = await settledEvents(reading, res, userId)
    if (events === null) return
    const { own, orphans } = events
    if (own.length + orphans.length === 0) return unknownUser(res)
    const arrivals: readonly (Arrival & { readonly event: RecordedEvent })[] = [
      ...own.map((event) => ({ event, orphan: false })),
      ...orphans.map((event) => ({ event, orphan: true })),
    ].sort(byPosition)

    const entries: (HistoryEntry & { readonly revision: number; readonly position: string })[] = []
    let turn = performance.now()
    for (const entry of history(userId, arrivals)) {
      const event = entry === null ? undefined : arrivals[entries.length]?.event
      if (entry !== null && event !== undefined) {
        entries.push({ ...entry, revision: event.revision, position: event.position })
      }
      if (performance.now() - turn < TURN_MS) continue
      await setImmediate()
      if (res.closed) return
      turn = performance.now()
    }
    answerJson(res, JSON.stringify({ userId, events: entries }))
  })
