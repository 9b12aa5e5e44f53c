import { expect } from 'chai'
import fc from 'fast-check'
import { perMinute } from '../../src/metrics/perMinute.ts'

const MINUTE = 60_000

describe('what is counted minute by minute', () => {
  it('is told of the last day, the present minute last, whatever pauses there were', () => {
    const steps = fc.array(
      fc.record({ pause: fc.oneof(fc.nat(3 * MINUTE), fc.nat(3 * 1440 * MINUTE)), times: fc.nat(3) }),
    )
    fc.assert(
      fc.property(steps, (work) => {
        let now = 5000
        const counter = perMinute(() => now)
        const noted: number[] = []
        for (const { pause, times } of work) {
          now += pause
          for (let time = 0; time < times; time += 1) {
            counter.note()
            noted.push(Math.floor((now - 5000) / MINUTE))
          }
        }
        const present = Math.floor((now - 5000) / MINUTE)
        const first = Math.max(0, present - 1439)
        const expected = Array.from({ length: present - first + 1 }, () => 0)
        for (const minute of noted) if (minute >= first) expected[minute - first] = (expected[minute - first] ?? 0) + 1
        expect(counter.minutes()).to.deep.equal(expected)
      }),
      { numRuns: 50 },
    )
  })
})
