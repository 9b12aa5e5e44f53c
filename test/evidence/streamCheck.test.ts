import { expect } from 'chai'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { checkStreams } from '../../src/evidence/streamCheck.ts'
import { Erased } from '../../src/ledger/erased.ts'
import { missingEvent } from '../../src/ledger/missingEvent.ts'
import { instant } from '../support/events/storedEvents.ts'

const minute = (n: number): string => `2026-03-01T08:${String(n).padStart(2, '0')}:00.000000Z`

const event = (
  position: number,
  stream: string,
  revision: number,
  recordedAt: string,
  about: Readonly<Record<string, unknown>> = { format: 3 },
): RecordedEvent =>
  asRead(
    { eventId: '', type: 'x', data: '{}', metadata: JSON.stringify({ ...about, recordedAt }) },
    stream,
    revision,
    String(position),
  )

const found = (events: readonly RecordedEvent[], ...corrections: Parameters<typeof checkStreams>[0]) => {
  const { look } = checkStreams(corrections, new Erased())
  return events.map((one) => look(one).join())
}

const BEFORE = 'it says that it was recorded before the one before it in its stream'

describe('the events of a stream', () => {
  it('run from 0 without a gap, each stream by itself', () => {
    const events = [
      event(1, 'kyc-1', 0, minute(0)),
      event(2, 'kyc-2', 1, minute(0)),
      event(3, 'kyc-1', 1, minute(0)),
      event(4, 'kyc-2', 2, minute(0)),
      event(5, 'kyc-1', 3, minute(0)),
      event(6, 'kyc-1', 3, minute(0)),
    ]
    expect(found(events)).to.deep.equal([
      '',
      'its stream should go on with revision 0 here',
      '',
      '',
      'its stream should go on with revision 2 here',
      'its stream should go on with revision 4 here',
    ])
  })

  it('were never recorded before the last one of their stream, though others were', () => {
    const events = [
      event(1, 'kyc-1', 0, minute(5)),
      event(2, 'kyc-2', 0, minute(3)),
      event(3, 'kyc-1', 1, minute(5)),
      event(4, 'kyc-2', 1, minute(2)),
      event(5, 'kyc-1', 2, minute(4)),
    ]
    expect(found(events)).to.deep.equal(['', '', '', BEFORE, BEFORE])
  })

  it('may follow a receipt that is known to be wrong, and no other', () => {
    const events = [
      event(1, 'kyc-1', 0, minute(1)),
      event(2, 'kyc-1', 1, minute(50)),
      event(3, 'kyc-1', 2, minute(3)),
      event(4, 'kyc-1', 3, minute(2)),
    ]
    expect(found(events, { from: '2', to: '2', countsAs: instant(minute(3)) })).to.deep.equal(['', '', '', BEFORE])
    expect(found(events, { from: '1', to: '1', countsAs: instant(minute(3)) })).to.deep.equal(['', '', BEFORE, BEFORE])
  })

  it('may be recorded by an older release, which could not read the last', () => {
    const events = [
      event(1, 'kyc-1', 0, minute(5), { format: 3 }),
      event(2, 'kyc-1', 1, minute(4), { format: 2 }),
      event(3, 'kyc-1', 2, minute(3), { format: 3 }),
    ]
    expect(found(events)).to.deep.equal(['', '', BEFORE])
  })

  const own = { origin: 'kyc-ledger', format: 3 }

  it('that nodes write of themselves are recorded each by its clock', () => {
    const events = [event(4, 'kyc-log', 0, minute(9), own), event(5, 'kyc-log', 1, minute(6), own)]
    expect(found(events)).to.deep.equal(['', ''])
  })

  it('that this service writes about a user were never recorded before any that stand there, nor by a clock that was believed', () => {
    const events = [
      event(1, 'kyc-1', 0, minute(5)),
      event(2, 'kyc-1', 1, minute(4), own),
      event(3, 'kyc-1', 2, minute(9), own),
      event(4, 'kyc-1', 3, minute(8), own),
      event(5, 'kyc-1', 4, minute(8), own),
    ]
    expect(found(events)).to.deep.equal(['', BEFORE, '', BEFORE, ''])
    expect(found(events, { from: '3', to: '3', countsAs: instant(minute(8)) })).to.deep.equal(['', BEFORE, '', '', ''])
  })

  it('may follow one that an older release could not read, or that a copy put in the place of another', () => {
    const missing = missingEvent('kyc-1', 1, instant(minute(59)))
    const events = [
      event(1, 'kyc-1', 0, minute(5)),
      asRead(missing, 'kyc-1', 1, '2'),
      event(3, 'kyc-1', 2, minute(9), own),
      event(4, 'kyc-1', 3, minute(6)),
      event(5, 'kyc-1', 4, minute(7), own),
    ]
    expect(found(events)).to.deep.equal(['', '', '', '', BEFORE])
  })
})
