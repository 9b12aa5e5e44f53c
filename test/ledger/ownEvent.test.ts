import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { anomalyKindsOf } from '../../domain/answer/anomalies.ts'
import { statusOf } from '../../domain/answer/status.ts'
import { isAltered } from '../../domain/event/altered.ts'
import { fold } from '../../domain/state/fold.ts'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { NewEvent, RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { isOwnEvent, ownEvent, readOwnEvent } from '../../src/ledger/ownEvent.ts'
import { observed } from '../support/events/ownEvents.ts'
import { instant, storedEvent } from '../support/events/storedEvents.ts'
import { USER } from '../support/histories/histories.ts'
import { user } from '../support/webhooks/plainWebhooks.ts'

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

  it('has the hash of its data beside it where it stands in the streams of users, and nowhere else', () => {
    const about = (type: string): Readonly<Record<string, unknown>> =>
      JSON.parse(ownEvent(EVENT_ID, { ...said, type }).metadata)
    for (const type of ['kyc-ledger.observed', 'kyc-ledger.release-requested', 'kyc-ledger.released']) {
      expect(about(type)).to.include({ dataHash: createHash('sha256').update('{"a":"é"}').digest('hex') })
    }
    expect(about(said.type)).to.have.all.keys('origin', 'format', 'recordedAt', 'salt')
  })

  it('is not read where its metadata hold a time that is no text', () => {
    const metadata = '{"origin":"kyc-ledger","format":3,"recordedAt":{"toString":1}}'
    expect(readOwnEvent(written(metadata))).to.equal(null)
  })
})

describe('what this service wrote about a user', () => {
  const at = said.recordedAt
  const event = observed('42', { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' }, at)
  const read = (change: Partial<NewEvent> = {}): RecordedEvent => asRead({ ...event, ...change }, 'kyc-42', 1, '2')
  const validated = { ...storedEvent(user('2', '2026-02-28T12:00:00Z'), { user: USER }) }
  const statusWith = (one: RecordedEvent) => {
    const state = fold(USER, [validated, one])
    return [statusOf(state), ...anomalyKindsOf(state).filter((kind) => kind !== 'no-request-seen')]
  }
  const about = (change: object): string => JSON.stringify({ ...JSON.parse(event.metadata), ...change })

  it('counts as it was written', () => {
    expect(isAltered(read())).to.equal(false)
    expect(statusWith(read())).to.include('refused').and.not.include('unknown')
  })

  it('is altered, and leaves nothing certain, once it holds anything else, however little', () => {
    for (const data of [event.data.replace('"3"', '"2"'), `${event.data} `, '', '{}']) {
      expect(isAltered(read({ data })), data).to.equal(true)
      expect(statusWith(read({ data })), data).to.include.members(['unknown', 'event-altered'])
    }
  })

  it('cannot be read, and leaves nothing certain, without its hash, or under a type that nobody knows', () => {
    for (const change of [
      { metadata: about({ dataHash: undefined }) },
      { metadata: about({ dataHash: null }) },
      { metadata: about({ format: 4 }) },
      { type: 'kyc-ledger.validated' },
      { type: 'user.kycreview' },
    ]) {
      expect(isAltered(read(change))).to.equal(false)
      expect(statusWith(read(change))).to.include.members(['unknown', 'unreadable-event'])
    }
  })

  it('is none where nothing but its type or its data says so', () => {
    const metadata = about({ origin: 'treezor' })
    expect(isOwnEvent(read({ metadata }))).to.equal(false)
    expect(statusWith(read({ metadata }))).to.include.members(['unknown', 'unreadable-event'])
    // A webhook in the words of an observation, under its name, is heard as what its payload says.
    const named = { ...user('2', '2026-02-28T13:00:00Z'), webhook: 'kyc-ledger.observed', ...JSON.parse(event.data) }
    const { data, metadata: recorded, eventId } = storedEvent(named, { user: USER, revision: 1 })
    const webhook = asRead({ eventId, type: 'kyc-ledger.observed', data, metadata: recorded }, 'kyc-42', 1, '2')
    expect(statusWith(webhook)).to.include.members(['validated', 'unknown-name'])
    expect(fold(USER, [validated, webhook]).observed).to.equal(null)
  })
})
