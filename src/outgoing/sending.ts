import { existsSync, rmSync, statSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { SigningKey } from '../config/signingKey.ts'
import type { Endpoint } from '../config/webhooksOut.ts'
import type { Logger } from '../log/log.ts'
import { askedOnFile, checkpointFile, readCheckpoint } from './checkpoint.ts'
import { type Course, courseFrom } from './course.ts'
import { keepIn } from './keeping.ts'
import type { Poster } from './post.ts'
import { signedHeaders } from './signed.ts'
import type { Source } from './source.ts'
import { type EndpointState, type Standing, stateOf, WHY_OFF } from './standing.ts'
import { newBell, type Timing } from './timing.ts'

/** Changes that are read ahead. */
const READ_AHEAD = 200
/** Who cannot be told of now is looked at again so much later. */
const UNTOLD_MS = 5000
/** So often it is looked whether an endpoint was switched on, and whether the clock was set. */
const LOOK_MS = 2000

/** What a webhook's body is: a CloudEvent in structured mode (CloudEvents 1.0, HTTP binding, 3.2). */
const HEADERS = { 'Content-Type': 'application/cloudevents+json; charset=utf-8', 'User-Agent': 'kyc-ledger' } as const

/** How it is with an endpoint. */
export interface EndpointFigures {
  readonly name: string
  readonly state: EndpointState
  /** Users whose newest state is not delivered, as far as the feed was read. */
  readonly pending: number
  /** Webhooks that it took since the start. */
  readonly delivered: number
  /** Attempts that failed since the start. */
  readonly failed: number
  /** Webhooks that it did not take for three days while it took others, since the start. */
  readonly givenUp: number
}

export interface Sending {
  readonly figures: () => EndpointFigures
  /** Nothing more is begun; what is under way has so long to end. */
  readonly stop: (withinMs: number) => Promise<void>
}

/** What is told to whom, and by what. */
export interface SendingTo {
  readonly endpoint: Pick<Endpoint, 'name' | 'from'>
  /** What is signed with by then: one may replace another. */
  readonly keys: () => readonly SigningKey[]
  readonly source: Source
  readonly dataDir: string
  readonly poster: Poster
  readonly timing: Timing
  readonly log: Logger
}

/** Says in the log how an endpoint stands, whenever that is otherwise. */
const tellStanding = (before: Standing, now: Standing, log: Logger): void => {
  if (stateOf(before) === stateOf(now)) return
  if (now.off !== null) log.error(`outgoing webhooks are switched off: ${WHY_OFF[now.off.reason]}`)
  else if (now.down !== null) log.warn('it takes no webhooks now: one at a time is tried')
  else log.info(before.off === null ? 'it takes webhooks again' : 'outgoing webhooks are switched on')
}

/** Where an endpoint is told on from: by its checkpoint, else by what is configured. `null`: that cannot be said yet. */
const courseOf = ({ endpoint, source, dataDir, timing, log }: SendingTo): Course | null => {
  const kept = readCheckpoint(checkpointFile(dataDir, endpoint.name))
  const ofThisLog = E.isRight(kept) && (kept.right === null || kept.right.log === source.log)
  if (ofThisLog && kept.right !== null) return courseFrom(kept.right, timing.random)
  if (ofThisLog) {
    const after = endpoint.from === 'beginning' ? null : source.end()
    return after === null && endpoint.from === 'now' ? null : courseFrom({ after }, timing.random)
  }
  const course = courseFrom({ after: null }, timing.random)
  const before = course.standing()
  course.switchOff('checkpoint-lost', timing.now())
  tellStanding(before, course.standing(), log)
  return course
}

/** Tells one endpoint of each change, until it is stopped. */
export const sendTo = (to: SendingTo): Sending => {
  const { endpoint, source, dataDir, poster, timing } = to
  const log = to.log.child({ endpoint: endpoint.name })
  const askedOn = askedOnFile(dataDir, endpoint.name)
  const ending = new AbortController()
  const breakingOff = new AbortController()
  const bell = newBell(timing.sleep)
  const flying = new Set<Promise<void>>()
  const counts = { delivered: 0, failed: 0, givenUp: 0 }
  let course: Course | null = null
  let mayHaveMore = true
  let hasEnded = false

  const send = async (course: Course, userId: UserId, changed: () => void): Promise<void> => {
    const told = source.newest(userId)
    const sent = course.begin(userId, told?.id ?? null, timing.now())
    if (told === null) return course.postpone(sent, timing.now() + UNTOLD_MS)
    const headers = { ...HEADERS, ...signedHeaders(told.id, timing.now(), told.line, to.keys()) }
    const posted = await poster.post(headers, told.line, breakingOff.signal, told.position)
    const before = course.standing()
    const outcome = course.settle(sent, posted, timing.now())
    const stream = `kyc-${userId}`
    if (outcome === 'delivered') counts.delivered += 1
    else if (outcome !== 'aborted') counts.failed += 1
    if (posted._tag === 'Failed') log.info({ stream, reason: posted.reason }, 'a webhook was not taken')
    if (outcome === 'given up') {
      counts.givenUp += 1
      log.error({ stream }, 'a webhook is given up: it was not taken for three days, while others were')
    }
    tellStanding(before, course.standing(), log)
    changed()
    bell.ring()
  }

  const readOn = (course: Course): boolean => {
    const before = course.readTo()
    while (mayHaveMore && course.standing().off === null && course.fresh() < READ_AHEAD) {
      const reading = source.read(course.readTo(), READ_AHEAD)
      mayHaveMore = reading._tag !== 'Read' || reading.changes.length === READ_AHEAD
      if (reading._tag === 'NotNow') break
      if (reading._tag === 'Read') for (const change of reading.changes) course.take(change, timing.now())
      if (reading._tag !== 'Foreign') continue
      const stood = course.standing()
      course.switchOff('checkpoint-lost', timing.now())
      tellStanding(stood, course.standing(), log)
    }
    return course.readTo() !== before
  }

  const tell = async (course: Course): Promise<void> => {
    const file = checkpointFile(dataDir, endpoint.name)
    const keeping = keepIn(file, () => ({ version: 1, log: source.log, ...course.kept() }), timing.sleep, log)
    // What it is told of first has to hold before anything of that is told: the next start would begin later, and leave out what was between.
    while (!(await keeping.now()) && endpoint.from === 'now' && !existsSync(file) && !ending.signal.aborted)
      await bell.sleep(LOOK_MS)
    let heardOf: number | undefined
    while (!ending.signal.aborted) {
      const asked = statSync(askedOn, { throwIfNoEntry: false })?.mtimeMs
      // Where the checkpoint cannot be written it stays asked for, and is done once.
      if (asked !== undefined && asked !== heardOf) {
        const before = course.standing()
        course.switchOn(timing.now())
        mayHaveMore = true
        tellStanding(before, course.standing(), log)
      }
      heardOf = asked
      if (asked !== undefined && (await keeping.now())) rmSync(askedOn, { force: true })
      if (readOn(course)) keeping.changed()
      for (let user = course.next(timing.now()); user !== null; user = course.next(timing.now())) {
        keeping.changed()
        const sending = send(course, user, keeping.changed).finally(() => flying.delete(sending))
        flying.add(sending)
      }
      const wait = (course.wakesAt() ?? Number.POSITIVE_INFINITY) - timing.now()
      await bell.sleep(Math.max(1, Math.min(LOOK_MS, wait)))
    }
    await Promise.all(flying)
    await keeping.stop()
  }

  const hearOfMore = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await source.moved(ending.signal)
      mayHaveMore = true
      bell.ring()
    }
  }
  const run = async (): Promise<void> => {
    const hearing = hearOfMore()
    while (course === null && !ending.signal.aborted) {
      course = courseOf({ ...to, log })
      if (course === null) await bell.sleep(LOOK_MS)
    }
    if (course !== null) await tell(course)
    await hearing
    poster.close()
  }
  // Whatever goes wrong here, the service goes on.
  const ended = run().catch((error: unknown) => {
    hasEnded = true
    log.error(
      { error: error instanceof Error ? error.message : String(error) },
      'outgoing webhooks have ended: a fault of the service',
    )
  })
  return {
    figures: () => ({
      name: endpoint.name,
      state: hasEnded ? 'off' : course === null ? 'on' : stateOf(course.standing()),
      pending: course?.pending() ?? 0,
      ...counts,
    }),
    stop: async (withinMs) => {
      ending.abort()
      bell.ring()
      const givingUp = setTimeout(() => breakingOff.abort(), withinMs)
      await ended
      clearTimeout(givingUp)
    },
  }
}
