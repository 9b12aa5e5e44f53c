import { expect } from 'chai'
import type { Instant } from '../../domain/instant.ts'
import { projectionLag } from '../../src/metrics/projectionLag.ts'

describe('the lag of the projection', () => {
  it('is from when the newest event of a batch was recorded, and never less than nothing', () => {
    let clock = 1_000_000
    const told: number[] = []
    const heard = projectionLag(
      (seconds) => told.push(seconds),
      () => clock,
    )
    const at = (newest: number): void => heard({ newest: newest as Instant })
    clock = 5_000_000
    at(4_500_000)
    at(5_200_000)
    heard({})
    expect(told).to.deep.equal([0.5, 0])
  })

  it('is told neither of events that stood there at the start nor of those that come again', () => {
    let clock = 1_000_000
    const told: number[] = []
    const heard = projectionLag(
      (seconds) => told.push(seconds),
      () => clock,
    )
    heard({ newest: 900_000 as Instant })
    clock = 3_000_000
    heard({ newest: 2_000_000 as Instant })
    heard({ newest: 2_000_000 as Instant })
    heard({ newest: 1_500_000 as Instant })
    expect(told).to.deep.equal([1])
  })
})
