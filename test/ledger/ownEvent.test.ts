import { expect } from 'chai'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { isOwnEvent, ownEvent, readOwnEvent } from '../../src/ledger/ownEvent.ts'
import { instant } from '../support/events/storedEvents.ts'

const EVENT_ID = '00000000-0000-4000-8000-000000000001'
const said = { type: 'kyc-ledger.test', data: { a: 'é' }, recordedAt: instant('2026-03-01T08:00:00Z') }

const written = (metadata: string): RecordedEvent =>
  asRead({ eventId: EVENT_ID, type: said.type, data: '{"a":"é"}', metadata }, 'kyc-log', 0, '1')

describe('an event of this service', () => {
  it('is read back as it was said, in its own words each time it is written', () => {
    const [one, other] = [ownEvent(EVENT_ID, said), ownEvent(EVENT_ID, said)]
    expect(readOwnEvent(written(one.metadata))).to.deep.equal(said)
    expect(JSON.parse(one.metadata).salt).to.match(/^[A-Za-z0-9+/]{43}=$/)
    expect(one.metadata).to.not.equal(other.metadata)
    expect({ ...one, metadata: '' }).to.deep.equal({ ...other, metadata: '' })
  })

  it('is read in the format that had no salt, and not in one of a newer release', () => {
    const metadata = (format: number): string =>
      `{"origin":"kyc-ledger","format":${format},"recordedAt":"2026-03-01T08:00:00Z"}`
    expect(readOwnEvent(written(metadata(2)))).to.deep.equal(said)
    for (const format of [1, 4]) {
      expect(readOwnEvent(written(metadata(format)))).to.equal(null)
      expect(isOwnEvent(written(metadata(format)))).to.equal(true)
    }
  })

  it('is not read where its metadata hold a time that is no text', () => {
    const metadata = '{"origin":"kyc-ledger","format":3,"recordedAt":{"toString":1}}'
    expect(readOwnEvent(written(metadata))).to.equal(null)
  })
})
