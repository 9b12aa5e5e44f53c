import { expect } from 'chai'
import fc from 'fast-check'
import { type Course, courseFrom } from '../../src/outgoing/course.ts'
import type { Posted } from '../../src/outgoing/post.ts'
import { type MemorySource, memorySource } from '../outgoing/memorySource.ts'

const DAY_MS = 86_400_000
const USERS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'] as const

const failed = (endpointDown: boolean, askedMs: number | null = null): Posted => ({
  _tag: 'Failed',
  reason: 'it answers 500',
  endpointDown,
  askedMs,
})

/** How the receiver is from a moment on: to whom it answers what. */
interface Weather {
  readonly afterMs: number
  readonly kind: 'well' | 'down' | 'failing' | 'some fail' | 'busy'
  readonly who: readonly string[]
}

/** What somebody does, so long after what was done before. */
type Step =
  | { readonly do: 'change'; readonly afterMs: number; readonly users: readonly string[] }
  | { readonly do: 'crash'; readonly afterMs: number }
  | { readonly do: 'keep'; readonly afterMs: number }

/** No weather lasts for ever. */
const AT_LAST: Weather = { afterMs: 5 * 3_600_000, kind: 'well', who: [] }

const answer = ({ kind, who }: Weather, userId: string): Posted => {
  switch (kind) {
    case 'down':
      return failed(true)
    case 'busy':
      return failed(true, 30_000)
    case 'failing':
      return failed(false)
    case 'some fail':
      return who.includes(userId) ? failed(false) : { _tag: 'Delivered' }
    case 'well':
      return { _tag: 'Delivered' }
  }
}

interface Flying {
  readonly sent: ReturnType<Course['begin']>
  readonly version: number
  readonly landsAt: number
}

/** An endpoint, the feed and the time, without a process. */
const newWorld = (weathers: readonly Weather[], randomness: readonly number[]) => {
  const source: MemorySource = memorySource()
  let draws = 0
  const random = (): number => randomness[draws++ % randomness.length] ?? 0
  let now = 1_000_000
  let course = courseFrom({ after: null }, random)
  let kept = course.kept()
  let flying: Flying[] = []
  const received = new Map<string, number>()
  const probes: number[] = []
  const weatherAt = (at: number): Weather => {
    let since = 1_000_000
    let current: Weather = { afterMs: 0, kind: 'well', who: [] }
    for (const weather of [...weathers, AT_LAST]) {
      since += weather.afterMs
      if (since <= at) current = weather
    }
    return current
  }

  const sendAll = (): void => {
    const reading = source.read(course.readTo(), 1000)
    if (reading._tag === 'Read') for (const change of reading.changes) course.take(change, now)
    for (let user = course.next(now); user !== null; user = course.next(now)) {
      const newest = source.newest(user)
      if (newest === null) throw new Error('a user without a state')
      const version = source.versionOf(user)
      expect(
        flying.map(({ sent }) => sent.userId),
        'one webhook of a user at a time',
      ).not.to.include(user)
      expect(version, 'never an earlier state after a later one').to.be.at.least(received.get(user) ?? 0)
      const sent = course.begin(user, newest.id, now)
      if (sent.isProbe) {
        expect(flying, 'one at a time while it is down').to.deep.equal([])
        if (probes.length > 0) expect(now - (probes.at(-1) ?? 0), 'not hammered').to.be.at.least(4000)
        probes.push(now)
      }
      flying.push({ sent, version, landsAt: now + 10 + Math.floor(random() * 900) })
      expect(flying.length).to.be.at.most(8)
    }
  }
  const land = (one: Flying): void => {
    flying = flying.filter((other) => other !== one)
    now = Math.max(now, one.landsAt)
    const posted = answer(weatherAt(now), one.sent.userId)
    if (posted._tag === 'Delivered')
      received.set(one.sent.userId, Math.max(one.version, received.get(one.sent.userId) ?? 0))
    course.settle(one.sent, posted, now)
  }
  /** Lets everything happen that happens by then. */
  const passUntil = (until: number): void => {
    for (let turns = 0; ; turns += 1) {
      if (turns > 20_000) throw new Error('it never comes to rest')
      sendAll()
      const [landing] = [...flying].sort((one, other) => one.landsAt - other.landsAt)
      const wakesAt = course.wakesAt()
      const next = Math.min(landing?.landsAt ?? Number.POSITIVE_INFINITY, wakesAt ?? Number.POSITIVE_INFINITY)
      if (next > until) break
      if (landing !== undefined && landing.landsAt <= next) land(landing)
      else now = Math.max(now + 1, next)
    }
    now = until
  }
  return {
    source,
    received,
    now: () => now,
    course: () => course,
    passUntil,
    keep: () => {
      kept = course.kept()
    },
    crash: () => {
      probes.length = 0
      flying = []
      course = courseFrom(JSON.parse(JSON.stringify(kept)), random)
    },
  }
}

const users = fc.subarray([...USERS], { minLength: 1 })
const afterMs = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 4 * 3_600_000 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), afterMs, users }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), afterMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('keep' as const), afterMs }) },
)
const weather: fc.Arbitrary<Weather> = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 5 * 3_600_000 })),
  kind: fc.constantFrom('well', 'down', 'failing', 'some fail', 'busy'),
  who: users,
})

describe('outgoing webhooks, whatever the receiver does', () => {
  const NUM_RUNS = process.env['KYC_LARGE'] === undefined ? 150 : 5000

  it('come to the newest state of each user, in the order of his states, over crashes', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(weather, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 }),
        (steps, weathers, randomness) => {
          const world = newWorld(weathers, randomness)
          for (const one of steps) {
            world.passUntil(world.now() + one.afterMs)
            if (one.do === 'change') for (const user of one.users) world.source.change(user)
            else if (one.do === 'keep') world.keep()
            else world.crash()
          }
          // All weather is over by then, and who failed for long is tried again within a day and its jitter.
          world.passUntil(1_000_000 + 2 * DAY_MS + weathers.reduce((sum, { afterMs: ms }) => sum + ms, 0) + 2 * DAY_MS)
          const { standing } = world.course().kept()
          if (standing.off !== null) expect(standing.off.reason).to.equal('dead')
          world.course().switchOn(world.now())
          world.passUntil(world.now() + 60_000)
          for (const user of USERS) expect(world.received.get(user) ?? 0).to.equal(world.source.versionOf(user))
          expect(world.course().pending()).to.equal(0)
        },
      ),
      { numRuns: NUM_RUNS },
    )
  })
})
