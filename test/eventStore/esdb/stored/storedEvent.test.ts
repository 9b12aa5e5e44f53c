import { expect } from 'chai'
import fc from 'fast-check'
import { positionOf } from '../../../../src/eventStore/esdb/stored/position.ts'
import { asRecorded, asStored } from '../../../../src/eventStore/esdb/stored/storedEvent.ts'
import { streamNames } from '../../../../src/eventStore/esdb/stored/streamNames.ts'
import type { NewEvent } from '../../../../src/eventStore/recordedEvent.ts'
import { newEvent } from '../../../support/events/newEvents.ts'
import { right } from '../../../support/right.ts'

type Stored = Parameters<typeof asRecorded>[0]

/** What the client reads of an event: metadata by `JSON.parse`, and data where it is called JSON. */
const kept = (event: NewEvent) => {
  const stored = right(asStored(event))
  const isJson = stored.contentType === 'application/json'
  return {
    isJson,
    data: isJson ? (JSON.parse(stored.data) as unknown) : new Uint8Array(Buffer.from(stored.data)),
    metadata: JSON.parse(stored.metadata) as Record<string, unknown>,
  }
}
const readBack = (read: object) => {
  const place = { id: 'x', type: 'a', streamId: 'kyc-1', revision: 0n, position: { commit: 1n, prepare: 1n } }
  return asRecorded({ ...place, created: new Date(), ...read } as Stored, streamNames())
}
const givenBack = (event: NewEvent) => readBack({ ...kept(event), id: event.eventId, type: event.type })

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
    const event = newEvent({ data: '{"webhook":"user.update","x":[1,null]}', metadata: '{"format":1}' })
    expect(kept(event)).to.deep.equal({
      isJson: true,
      data: { webhook: 'user.update', x: [1, null] },
      metadata: { format: 1, 'kyc-ledger.eventId': event.eventId },
    })
  })

  it('is bytes to the server where its value would lose the text, which stands there once', () => {
    const data = '{"amount":0.00,"é":"\\/"}'
    const event = newEvent({ data, metadata: '{"format":1}' })
    expect(kept(event)).to.deep.equal({
      isJson: false,
      data: new Uint8Array(Buffer.from(data)),
      metadata: { format: 1, 'kyc-ledger.eventId': event.eventId },
    })
  })

  it('is read in the form that was written until 0.1: as JSON, with the text in the metadata', () => {
    const metadata = { format: 1, 'kyc-ledger.dataText': '{"amount":0.00}' }
    expect(readBack({ isJson: true, data: { amount: 0 }, metadata })).to.include({
      data: '{"amount":0.00}',
      metadata: '{"format":1}',
    })
  })

  it('keeps the text of what is nested deep, and no other', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
    expect(kept(newEvent({ data: nested(200), metadata: '{}' })).isJson).to.equal(true)
    expect(kept(newEvent({ data: nested(201), metadata: '{}' })).isJson).to.equal(false)
    expect(kept(newEvent({ data: `["${'['.repeat(500)}"]`, metadata: '{}' })).isJson).to.equal(true)
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
