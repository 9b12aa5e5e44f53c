import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CatchUp, CaughtUp } from '../catchUp.ts'
import { atLeast, atMost, byItself, type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { FIRST_PREPARED_USER, largeLog } from '../preparedLog.ts'
import { removeDirectory, residentMiB, runScript } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import type { Service } from '../service.ts'
import type { Sides } from './sides.ts'

/** The service is asked so often; an answer that does not come is given up. */
const ASK_EVERY_MS = 20
const GIVE_UP_MS = 5000
const SETTLED_MS = 3000
/** V8 gives back what a thread held that has ended after 8 s. */
const AT_REST_MS = 15_000

const statusOf = (url: string): Promise<number> =>
  fetch(url, { signal: AbortSignal.timeout(GIVE_UP_MS) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status
    },
    () => 0,
  )

/** Seconds since `began` when each of these is answered with 200. */
const answeredAfter = async (began: number, url: string): Promise<number> => {
  while ((await statusOf(url)) !== 200) await delay(ASK_EVERY_MS)
  return (performance.now() - began) / 1000
}

/** A start without a read model: until somebody's status is answered, until it is ready, and its memory at rest. */
const startOver = async (
  start: (directory?: string) => Promise<Service>,
  directory: string,
  users: number,
): Promise<Side> => {
  const began = performance.now()
  const service = await start(directory)
  try {
    // The last of the log: whoever builds the read model in its order comes to him last.
    const [first, ready] = await Promise.all([
      answeredAfter(began, `${service.url}/users/${FIRST_PREPARED_USER + users - 1}/kyc`),
      answeredAfter(began, `${service.url}/health/ready`),
    ])
    await service.idle()
    const { main, others } = service.cpu()
    await delay(SETTLED_MS)
    const resident = residentMiB(service.pid)
    await delay(AT_REST_MS - SETTLED_MS)
    return { value: ready, notes: { first, resident, atRest: residentMiB(service.pid), cpu: main + others } }
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

const CATCH_UP = new URL('../catchUp.ts', import.meta.url)

/** Each event read once in one thread, and decoded and folded; with `once` rows are written of it: no second read, no service. */
const inOneThread = async (how: 'fold' | 'once', directory: string): Promise<Side> => {
  const job: CatchUp = { how, events: directory, readModel: join(directory, 'made.db'), threads: 0 }
  const { seconds, all } = await runScript<CaughtUp>(CATCH_UP, job)
  removeDirectory(directory)
  return { value: seconds, notes: { cpu: all } }
}

const noteOf = (name: string) => (side: Side) => ({ value: side.notes?.[name] ?? Number.NaN })

/** Starts with a log of 1,000,000 events and no read model. */
export const startAgainst = async (
  { commit, here, there, logOf }: Sides,
  { quick, rounds }: Scale,
): Promise<readonly Figure[]> => {
  // Of fewer the start of process and threads would be most of it.
  const log = { ...largeLog(quick), users: quick ? 10_000 : 100_000 }
  const copy = await logOf(log)
  const events = log.users * log.eventsEach
  const of = `${events.toLocaleString('en-US')} events`
  const results = await interleave(rounds, {
    here: () => startOver(here, copy(), log.users),
    there: () => startOver(there, copy(), log.users),
    fold: () => inOneThread('fold', copy()),
    once: () => inOneThread('once', copy()),
  })
  const perEvent = (side: Side) => ({ value: (noteOf('cpu')(side).value / events) * 1e6 })
  const pairs = (of: (side: Side) => Side) =>
    results.map((result) => ({ product: of(result.here), against: of(result.there) }))
  return [
    figure(
      { what: `projection from zero, ${of}`, against: commit, unit: '/s' },
      pairs(({ value }) => ({ value: events / value })),
      atLeast(1.7),
      ['from the start of the process until it is ready, its start included'],
    ),
    figure(
      { what: `projection from zero, ${of}: processor time of an event`, against: commit, unit: 'µs' },
      pairs(perEvent),
      NO_TARGET,
      ['of all threads; the start of the process included'],
    ),
    figure(
      { what: 'the same, each event only decoded and folded, in one thread', against: commit, unit: 'µs' },
      results.map((result) => ({ product: perEvent(result.fold), against: perEvent(result.there) })),
      NO_TARGET,
      [
        'no event is read a second time, no row is written, and nothing is started: what is left to 1.18, which would be 1.7 times the pace with both processors busy, is for all of that',
      ],
    ),
    figure(
      { what: 'the same, and its rows written, in one thread, nothing twice', against: commit, unit: 'µs' },
      results.map((result) => ({ product: perEvent(result.once), against: perEvent(result.there) })),
      NO_TARGET,
      ['nothing crosses between threads, and what runs is compiled once; without service and start'],
    ),
    byItself(
      { what: `start without a read model, ${of}: first answer`, against: commit, unit: 's' },
      pairs(noteOf('first')),
      atMost(2),
      ['to the user who is the last one of the log'],
    ),
    figure(
      { what: `the same, until ready`, against: commit, unit: 's' },
      pairs(({ value }) => ({ value })),
      NO_TARGET,
    ),
    figure(
      { what: `resident memory at rest, ${of}`, against: commit, unit: 'MiB' },
      pairs(noteOf('resident')),
      atMost(0.45),
      [`${SETTLED_MS / 1000} s after the read model was made`],
    ),
    figure(
      { what: `the same, ${AT_REST_MS / 1000} s after`, against: commit, unit: 'MiB' },
      pairs(noteOf('atRest')),
      NO_TARGET,
    ),
  ]
}
