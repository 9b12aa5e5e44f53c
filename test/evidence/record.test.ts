import { expect } from 'chai'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { leafOf, recordOf } from '../../src/evidence/record.ts'
import { GrowingTree } from '../../src/tlog/growingTree.ts'

/** The vectors of docs/evidence.md. */
const FIRST: RecordedEvent = {
  stream: 'kyc-42',
  revision: 0,
  position: '0000000000000001',
  eventId: '00000000-0000-4000-8000-000000000001',
  type: 'user.kycreview',
  metadata: '{"format":2}',
  data: '{"a":"é"}',
}
const SECOND: RecordedEvent = { ...FIRST, revision: 1, eventId: '00000000-0000-4000-8000-000000000002', data: '' }

describe('the record of an event', () => {
  it('is made of its texts, each after its length in bytes, as documented', () => {
    expect(recordOf(FIRST).toString('hex')).to.equal(
      [
        '00000006',
        Buffer.from('kyc-42').toString('hex'),
        '00000001',
        '30',
        '00000024',
        Buffer.from(FIRST.eventId).toString('hex'),
        '0000000e',
        Buffer.from('user.kycreview').toString('hex'),
        '0000000c',
        Buffer.from('{"format":2}').toString('hex'),
        '0000000a',
        '7b2261223a22c3a9227d',
      ].join(''),
    )
  })

  it('has the leaf, and two of them the root, of the documented vectors', () => {
    const tree = new GrowingTree()
    tree.add(leafOf(FIRST))
    tree.add(leafOf(SECOND))
    expect([leafOf(FIRST), leafOf(SECOND), tree.root()].map((hash) => hash.toString('hex'))).to.deep.equal([
      '77449aea788dcef8a921b7d7075088bccdc341e21dcdc97a69770000d9df7f66',
      'ee60593e8bdabf02cb5ebd1cd45276854f094730d5ebe979e7cf0931cef0cdfd',
      'ead7f54ec0d60c4a8b9e5e92954b9b60d9546bbf2f7c39a6bdfacbbf98aa0466',
    ])
  })

  it('is another one where any of its texts is, also where a text moves from one to the next', () => {
    const others: readonly Partial<RecordedEvent>[] = [
      { stream: 'kyc-43' },
      { revision: 10 },
      { eventId: SECOND.eventId },
      { type: 'user.kycrequest' },
      { metadata: '{"format":2} ' },
      { data: '{"a":"e"}' },
      { stream: 'kyc-4', revision: 20 },
      { type: 'user.kycreview{', metadata: '"format":2}' },
      { metadata: '{"format":2}{', data: '"a":"é"}' },
    ]
    const records = [FIRST, ...others.map((other) => ({ ...FIRST, ...other }))].map((event) => recordOf(event))
    expect(new Set(records.map((record) => record.toString('hex'))).size).to.equal(records.length)
  })

  it('does not depend on where in which store it stands', () => {
    expect(leafOf({ ...FIRST, position: '0000000000000099' }).equals(leafOf(FIRST))).to.equal(true)
  })
})
