import { expect } from 'chai'
import fc from 'fast-check'
import { comparePlaces, type Place, place as placeOf } from '../../../domain/event/order.ts'
import type { Instant } from '../../../domain/instant.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'

const places = fc.record({
  occurredAt: fc.constantFrom(1, 2, 3).map((at) => at as Instant),
  signedAt: fc.constantFrom(null, 1 as Instant, 2 as Instant),
  rank: fc.constantFrom(0, 1, 2, 3),
  payloadHash: fc.constantFrom('a', 'b'),
  eventId: fc.constantFrom('a', 'b', 'c'),
}) satisfies fc.Arbitrary<Place>

const place = (
  occurredAt: number,
  rank: Place['rank'],
  payloadHash: string,
  eventId = '',
  signedAt: number | null = null,
): Place => ({
  occurredAt: occurredAt as Instant,
  signedAt: signedAt as Instant | null,
  rank,
  payloadHash,
  eventId,
})

describe('the order of events', () => {
  it('goes by time, then by signed date, then request before success before the rest, then by what was signed, then by event id', () => {
    const sorted = [
      place(1, 2, 'z'),
      place(2, 0, 'z'),
      place(2, 1, 'y'),
      place(2, 2, 'a'),
      place(2, 2, 'b', 'y'),
      place(2, 2, 'b', 'z'),
      place(2, 1, 'z', 'z', 1),
      place(2, 0, 'a', 'a', 2),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        expect(shuffled.toSorted(comparePlaces)).to.deep.equal(sorted)
      }),
    )
  })

  it('has an event that says several things where the last of them would stand, in whatever order it says them', () => {
    const rank = (...statuses: readonly string[]): Place['rank'] => {
      const documents = statuses.map((documentStatus, n) => ({ documentId: `80${n}`, userId: '42', documentStatus }))
      const { statements } = interpret(webhookOf({ webhook: 'document.update', object_payload: { documents } }))
      return placeOf(place(1, 0, 'a'), statements).rank
    }
    expect([rank(), rank('PENDING'), rank('VALIDATED'), rank('REFUSED')]).to.deep.equal([0, 0, 1, 2])
    expect([rank('VALIDATED', 'PENDING'), rank('PENDING', 'VALIDATED')]).to.deep.equal([1, 1])
    expect([rank('REFUSED', 'VALIDATED'), rank('PENDING', 'REFUSED', 'PENDING')]).to.deep.equal([2, 2])
  })

  it('puts what the service wrote itself behind all that occurred at the same time, in the order in which it was written', () => {
    const sorted = [
      place(1, 3, '0'),
      place(2, 2, 'z'),
      place(2, 2, 'z', 'z', 9),
      place(2, 3, '1', 'b'),
      place(2, 3, '2', 'a'),
    ]
    expect(sorted.toReversed().toSorted(comparePlaces)).to.deep.equal(sorted)
  })

  it('is total: of two different places one is before the other, and it is transitive', () => {
    fc.assert(
      fc.property(places, places, places, (a, b, c) => {
        expect(Math.sign(comparePlaces(a, b)) + Math.sign(comparePlaces(b, a))).to.equal(0)
        expect(comparePlaces(a, b) === 0).to.equal(JSON.stringify(a) === JSON.stringify(b))
        if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) expect(comparePlaces(a, c)).to.be.at.most(0)
      }),
      { numRuns: 500 },
    )
  })
})
