import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { ClockFault } from '../../clock/nodeClock.ts'
import { boundedLines } from '../../log/boundedLines.ts'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'
import type { Routes } from '../app.ts'
import { type AsExpress, type DirectHandler, handleDirectly } from '../direct.ts'
import type { Senders } from '../gate/doubts.ts'
import { refuseBody } from '../gate/refuseUnread.ts'
import { roomsFor } from '../gate/rooms.ts'
import { sourceOfRequest } from '../gate/sourceAddress.ts'
import { onlyMethods } from '../methods.ts'
import { answerOutcome } from './answerOutcome.ts'
import { clockIsWrong } from './clockIsWrong.ts'
import { tellTimed } from './outcomeOf.ts'
import { isSubmittedAgain, sameDelivery } from './resubmission.ts'
import { readSentBody } from './sentBody.ts'
import { type Taking, taking } from './taking.ts'
import { isUnpacked, unpacked } from './unpacked.ts'
import { keepUnread, type Unread } from './unreadBody.ts'

/** What the endpoint needs. */
export interface Deliveries extends Taking {
  /** What is wrong with the clock, by which nothing may be received then. */
  readonly clockFault: () => ClockFault | null
}

/** Where the provider delivers. */
export const WEBHOOK_PATH = '/webhooks/treezor'

/** So many bodies of more than 64 KiB are in memory at a time, of whoever is known as an honest sender and of all others each, and so many of one source: documented webhooks are about 2 kB. */
const LONG_BODIES = 32
const LONG_BODIES_OF_ONE = 8

/** `POST /webhooks/treezor`: any content type, up to 1 MiB. */
export const webhookRoutes = (deliveries: Deliveries & Senders): Routes => {
  const { journal, now, clockFault, log, metrics, doubtsOf } = deliveries
  const warn = boundedLines(log)
  const count = (outcome: CountedOutcome): void => metrics.deliveries.inc({ outcome })
  const [rooms, roomsOfKnown] = [roomsFor(LONG_BODIES, LONG_BODIES_OF_ONE), roomsFor(LONG_BODIES, LONG_BODIES_OF_ONE)]

  /** A receipt of a wrong clock would stay in the log for ever; the sender comes again. */
  const refuseForClock = (res: Response): void => {
    count('ClockWrong')
    clockIsWrong(res)
  }

  const takeDelivery = taking(deliveries)

  /** Whether there is a place for a long body, which is left once it is answered, or given up for another one while it is read. */
  const hasRoom = (req: IncomingMessage, res: ServerResponse, giveUp?: () => boolean): boolean => {
    const { isKnown, hasOwn } = doubtsOf(req)
    const leave = (isKnown ? roomsOfKnown : rooms).enter(sourceOfRequest(req), giveUp, hasOwn())
    if (leave === null) return false
    if (res.closed) leave()
    else res.once('close', leave)
    return true
  }

  const refuseForRoom = (res: Response): void => {
    count('NoRoom')
    const detail = 'too many large deliveries come at a time; send it again'
    refuseBody(res, 'too-many-large', detail, { 'Retry-After': '5' })
  }

  const unread = (res: Response, what: Unread): Promise<void> =>
    keepUnread({ journal, now, warn, metrics, doubtsOf }, res, what)

  const take = async (req: IncomingMessage, res: ServerResponse, asExpress: AsExpress): Promise<void> => {
    if (clockFault() !== null) return refuseForClock(asExpress())
    const sent = await readSentBody(req, (giveUp) => hasRoom(req, res, giveUp))
    if (sent._tag === 'BrokenOff') {
      count('BrokenOff')
      return void res.destroy()
    }
    if (sent._tag === 'NoRoom') return refuseForRoom(asExpress())
    if (sent._tag === 'TooLarge') return unread(asExpress(), { reason: 'too-large', ...sent })
    const { bytes } = sent
    const packing = req.headers['content-encoding'] ?? null
    if (!isUnpacked(packing) && !hasRoom(req, res)) return refuseForRoom(asExpress())
    const read = isUnpacked(packing) ? E.right(bytes) : await unpacked(bytes, packing)
    if (E.isLeft(read)) return unread(asExpress(), { reason: read.left, bytes, size: bytes.byteLength })
    const body = read.right
    const earlier = sameDelivery(journal, req, body, bytes)
    const contentType = req.headers['content-type'] ?? null
    const outcome = await takeDelivery(body, contentType, earlier, isSubmittedAgain(req, earlier), doubtsOf(req))
    tellTimed(res, outcome._tag)
    answerOutcome(res, outcome, asExpress)
  }

  const taken: DirectHandler = (req, res, asExpress) =>
    take(req, res, asExpress).catch((error: unknown) => {
      count('Failed')
      throw error
    })

  return (app) => {
    handleDirectly(app, 'POST', WEBHOOK_PATH, taken)
    // In any other spelling.
    app
      .route(WEBHOOK_PATH)
      .post((req, res) => taken(req, res, () => res))
      .all(onlyMethods('POST'))
  }
}
