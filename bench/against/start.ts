import { setTimeout as delay } from 'node:timers/promises'
import { atLeast, atMost, byItself, type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { FIRST_PREPARED_USER, largeLog } from '../preparedLog.ts'
import { removeDirectory, residentMiB, type Server, startServer } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import type { Service } from '../service.ts'
import { started } from '../steps/startStep.ts'
import { startEmpty } from './empty.ts'
import type { Sides } from './sides.ts'
import { boundFigures, boundRuns } from './startBounds.ts'

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

const restedMiB = async ({ pid, stop }: Server): Promise<number> => {
  await delay(SETTLED_MS)
  const resident = residentMiB(pid)
  await stop()
  return resident
}

const BARE = new URL('./bareAtRest.ts', import.meta.url)

/** What bounds the memory at rest: of the service that finds the read model made, and of its parts with nothing loaded. */
const atLeastResident = async (start: (directory?: string) => Promise<Service>, directory: string) => {
  const service = await start(directory)
  await service.idle()
  const again = await restedMiB(service)
  return { again, bare: await restedMiB(await startServer({ file: BARE, args: [directory], ...started() })) }
}

/** A start without a read model: until somebody's status is answered, until it is ready, and its memory at rest. */
const startOver = async (
  start: (directory?: string) => Promise<Service>,
  directory: string,
  users: number,
  bounds: typeof atLeastResident | null = null,
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
    const notes = { first, resident, atRest: residentMiB(service.pid), cpu: main + others }
    await service.stop()
    return { value: ready, notes: { ...notes, ...(await bounds?.(start, directory)) } }
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
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
    here: () => startOver(here, copy(), log.users, atLeastResident),
    there: () => startOver(there, copy(), log.users),
    ...boundRuns(copy),
    empty: () => startEmpty(here()),
  })
  const perEvent = (side: Side) => ({ value: (noteOf('cpu')(side).value / events) * 1e6 })
  const pairs = (of: (side: Side) => Side) =>
    results.map((result) => ({ product: of(result.here), against: of(result.there) }))
  const boundedBy = (name: 'again' | 'bare') =>
    results.map(({ here, there }) => ({ product: noteOf(name)(here), against: noteOf('resident')(there) }))
  const heldThere = `beside what ${commit} held ${SETTLED_MS / 1000} s after it had made its own`
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
    ...boundFigures(commit, events, results),
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
    figure(
      { what: 'the same service, started over the read model that is there', against: commit, unit: 'MiB' },
      boundedBy('again'),
      NO_TARGET,
      [`nothing was made: what its threads and what they have loaded hold by themselves, ${heldThere}`],
    ),
    figure(
      {
        what: 'Express and three threads, SQLite open on the same files, nothing loaded of the service',
        against: commit,
        unit: 'MiB',
      },
      boundedBy('bare'),
      NO_TARGET,
      [heldThere],
    ),
  ]
}
