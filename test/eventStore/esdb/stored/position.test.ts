import { expect } from 'chai'
import { placeOf, positionOf } from '../../../../src/eventStore/esdb/stored/position.ts'

/** Where numbers of JavaScript lose single steps, and where those of the server end. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n ** 31n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
]

describe('a position of EventStoreDB', () => {
  it('is given back as it was, up to the largest of the server', () => {
    for (const commit of EDGES) {
      for (const prepare of EDGES.filter((one) => one <= commit)) {
        expect(placeOf(positionOf({ commit, prepare }))).to.deep.equal({ commit, prepare })
      }
    }
  })

  it('orders as a text as its numbers do, also where they differ by one beyond 2^53', () => {
    const places = EDGES.flatMap((commit) =>
      EDGES.filter((prepare) => prepare <= commit).map((prepare) => positionOf({ commit, prepare })),
    )
    expect(places.toSorted()).to.deep.equal(places)
    expect(new Set(places).size).to.equal(places.length)
  })

  it('is none beyond that, nor where it would stand before it was prepared', () => {
    for (const place of [
      { commit: 2n ** 63n, prepare: 0n },
      { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n },
      { commit: 2n ** 53n, prepare: 2n ** 53n + 1n },
    ]) {
      expect(() => placeOf(positionOf(place))).to.throw()
    }
  })
})
