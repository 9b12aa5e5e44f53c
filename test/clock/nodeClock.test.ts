import { expect } from 'chai'
import { fromMilliseconds } from '../../domain/instant.ts'
import { type Leaps, nodeClock } from '../../src/clock/nodeClock.ts'

const MINUTE = 60_000
const YEAR = 365 * 24 * 60 * MINUTE
const START = Date.parse('2026-03-01T00:00:00Z')

/** A clock whose wall time and monotonic time are moved by hand. */
const clockAt = () => {
  const time = { wall: START, monotonic: 1000 }
  const noticed: number[] = []
  const leaps: Leaps = {
    add: (milliseconds) => void noticed.push(milliseconds),
    net: () => noticed.reduce((sum, one) => sum + one, 0),
  }
  const clock = nodeClock(
    leaps,
    () => time.wall,
    () => time.monotonic,
  )
  const pass = (milliseconds: number): void => {
    time.wall += milliseconds
    time.monotonic += milliseconds
  }
  return { ...clock, time, noticed, pass, fault: () => clock.fault()?.clock ?? null }
}

describe('the clock of a node', () => {
  it('is right while it goes, however slowly it is looked at', () => {
    const clock = clockAt()
    for (let i = 0; i < 10; i++) {
      clock.pass(i * 10 * MINUTE)
      expect(clock.fault()).to.equal(null)
    }
    expect(clock.noticed).to.deep.equal([])
  })

  it('may be set by up to a minute, and gives no time twice over', () => {
    const clock = clockAt()
    const before = clock.now()
    clock.time.wall -= MINUTE
    expect(clock.fault()).to.equal(null)
    expect(clock.now()).to.equal(before)
    clock.time.wall += 2 * MINUTE - 1
    clock.pass(0)
    expect(clock.now()).to.be.greaterThan(before)
  })

  for (const by of [20 * MINUTE, -20 * MINUTE, YEAR, -YEAR, MINUTE + 1]) {
    it(`is wrong once it leaps by ${by / 1000} s, and right again once that is taken back`, () => {
      const clock = clockAt()
      clock.now()
      clock.time.wall += by
      expect(clock.fault()).to.equal('leapt')
      clock.pass(YEAR)
      expect(clock.fault()).to.equal('leapt')
      clock.time.wall -= by
      expect(clock.fault()).to.equal(null)
      expect(clock.now()).to.equal(fromMilliseconds(clock.time.wall))
    })
  }

  it('is right again when the leap of an earlier run is taken back in this one, before a server has told anything of it', () => {
    for (const by of [20 * MINUTE, -20 * MINUTE]) {
      const clock = clockAt()
      clock.noticed.push(by)
      expect(clock.fault()).to.equal('leapt')
      clock.time.wall -= by
      expect(clock.fault()).to.equal(null)
    }
  })

  it('is never earlier than the newest event it has seen, and wrong where that is more than a minute later', () => {
    const clock = clockAt()
    clock.seen(fromMilliseconds(START + MINUTE))
    expect(clock.fault()).to.equal(null)
    expect(clock.now()).to.equal(fromMilliseconds(START + MINUTE))
    clock.seen(fromMilliseconds(START + MINUTE + 1))
    expect(clock.fault()).to.equal('behind')
    clock.pass(2)
    expect(clock.fault()).to.equal(null)
    clock.seen(fromMilliseconds(START + YEAR))
    expect(clock.fault()).to.equal('behind')
    clock.corrected(fromMilliseconds(START))
    expect(clock.fault()).to.equal(null)
    expect(clock.now()).to.equal(fromMilliseconds(clock.time.wall))
  })

  it('is right where an append took long: the server took the event before the answer came', () => {
    const clock = clockAt()
    const recordedAt = clock.now()
    clock.pass(10 * MINUTE)
    clock.served(recordedAt, fromMilliseconds(clock.time.wall), clock.now())
    expect(clock.fault()).to.equal(null)
    clock.served(recordedAt, fromMilliseconds(clock.time.wall + MINUTE + 1), clock.now())
    expect(clock.fault()).to.equal('skewed')
    clock.served(recordedAt, fromMilliseconds(START - MINUTE - 1), clock.now())
    expect(clock.fault()).to.equal('skewed')
  })

  it('is wrong where the server took an event more than a minute before or after it was recorded', () => {
    for (const by of [MINUTE + 1, -MINUTE - 1]) {
      const clock = clockAt()
      clock.served(clock.now(), fromMilliseconds(START), clock.now())
      expect(clock.fault()).to.equal(null)
      clock.served(clock.now(), fromMilliseconds(START + by), clock.now())
      expect(clock.fault()).to.equal('skewed')
      clock.pass(YEAR)
      expect(clock.fault()).to.equal('skewed')
    }
  })
})
