import { expect } from 'chai'
import fc from 'fast-check'
import { positionOf } from '../../src/eventStore/esdb/position.ts'
import { asRecorded, asStored } from '../../src/eventStore/esdb/storedEvent.ts'
import { streamNames } from '../../src/eventStore/esdb/streamNames.ts'
import type { NewEvent } from '../../src/eventStore/eventStore.ts'
import { newEvent } from '../support/newEvents.ts'
import { right } from '../support/right.ts'

type Stored = Parameters<typeof asRecorded>[0]

/** What the client reads of an event: both by `JSON.parse`. */
const kept = (event: NewEvent) => {
  const stored = right(asStored(event))
  return {
    data: JSON.parse(Buffer.from(stored.getData_asU8()).toString()) as unknown,
    metadata: JSON.parse(Buffer.from(stored.getCustomMetadata_asU8()).toString()) as Record<string, unknown>,
  }
}
const givenBack = (event: NewEvent) => {
  const read = { ...kept(event), id: event.eventId, type: event.type, streamId: 'kyc-1', revision: 0n, isJson: true }
  return asRecorded({ ...read, created: new Date(), position: { commit: 1n, prepare: 1n } } as Stored, streamNames())
}

/** JSON texts in forms that a parser does not keep. */
const looseJson = fc
  .tuple(
    fc.json(),
    fc.constantFrom('', ' ', '\n'),
    fc.constantFrom('0.00', '1e3', '12345678901234567890', '"\\/"', '-0'),
  )
  .map(([json, space, token]) => `{"2":${json},${space}"1":${token},"a":1,"a":{}}`)

describe('an event in EventStoreDB', () => {
  it('gives back the very texts it was made of', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), looseJson), fc.oneof(fc.json(), looseJson), (data, metadata) => {
        const event = newEvent({ data, metadata })
        const { data: sameData, metadata: sameMetadata } = givenBack(event)
        expect([sameData, sameMetadata]).to.deep.equal([data, metadata])
      }),
      { numRuns: 500 },
    )
  })

  it('shows the webhook as an object, and keeps no text beside one that the object gives back', () => {
    const stored = kept(newEvent({ data: '{"webhook":"user.update","x":[1,null]}', metadata: '{"format":1}' }))
    expect(stored).to.deep.equal({ data: { webhook: 'user.update', x: [1, null] }, metadata: { format: 1 } })
  })

  it('keeps the text of data under its documented key where the value would lose it', () => {
    const stored = kept(newEvent({ data: '{"amount":0.00}', metadata: '{"format":1}' }))
    expect(stored).to.deep.equal({
      data: { amount: 0 },
      metadata: { format: 1, 'kyc-ledger.dataText': '{"amount":0.00}' },
    })
  })

  it('is JSON to the server, its data the very text', () => {
    const data = '{"amount":0.00,"é":"\\/"}'
    const stored = right(asStored(newEvent({ data })))
    expect(stored.getMetadataMap().get('content-type')).to.equal('application/json')
    expect(Buffer.from(stored.getData_asU8()).toString()).to.equal(data)
  })

  it('is not fooled by metadata that uses its keys', () => {
    const metadata = '{"kyc-ledger.dataText":"forged"}'
    expect(givenBack(newEvent({ data: '{}', metadata }))).to.include({ data: '{}', metadata })
  })
})

describe('a position in EventStoreDB', () => {
  it('orders as text like the places it stands for', () => {
    const place = fc.record({ commit: fc.bigInt(0n, 2n ** 63n - 1n), prepare: fc.bigInt(0n, 2n ** 63n - 1n) })
    fc.assert(
      fc.property(place, place, (a, b) => {
        const before = a.commit < b.commit || (a.commit === b.commit && a.prepare < b.prepare)
        expect(positionOf(a) < positionOf(b)).to.equal(before)
      }),
    )
  })
})
