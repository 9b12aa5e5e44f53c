import { expect } from 'chai'
import { NO_CORRECTIONS } from '../../domain/event/receiptCorrection.ts'
import { keptHeads } from '../../src/ingest/keptHeads.ts'
import { emptyHead } from '../../src/ingest/streamHead.ts'

/** The streams whose heads are kept after heads of so many events were, one after the other. */
const keptOf = (...events: readonly number[]): readonly string[] => {
  const { heads } = keptHeads(() => NO_CORRECTIONS)
  for (const [index, count] of events.entries()) {
    const stream = `kyc-${index}`
    heads.set(stream, { ...emptyHead(stream), revision: count - 1 })
  }
  return [...heads.keys()].toSorted()
}

describe('the heads of streams that are kept', () => {
  it('are those of many short ones, and of four long ones', () => {
    expect(keptOf(...Array.from({ length: 1000 }, () => 9))).to.have.length(1000)
    expect(keptOf(20_000, 20_000, 20_000, 20_000)).to.have.length(4)
    expect(keptOf(20_000, 20_000, 20_000, 20_000, 20_000)).to.deep.equal(['kyc-1', 'kyc-2', 'kyc-3', 'kyc-4'])
  })

  it('are of very long ones no more than of 200,000 events together, and the longest leaves room for short ones', () => {
    expect(keptOf(98_000, 98_000, 98_000)).to.deep.equal(['kyc-1', 'kyc-2'])
    expect(keptOf(1_000_000, 1_000_000)).to.deep.equal(['kyc-1'])
    expect(keptOf(5_000_000, ...Array.from({ length: 200 }, () => 9))).to.have.length(201)
  })
})
