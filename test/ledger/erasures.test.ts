import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { NewEvent } from '../../src/eventStore/recordedEvent.ts'
import { type ErasureEvent, erasureEvent, readErasureEvent } from '../../src/ledger/erasures.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { ERASURES, streamOf } from '../../src/ledger/streams.ts'

const NOW = 1_700_000_000_000 as Instant
const USER = '6461762' as UserId
const GROUND: Ground = {
  rule: 'ended',
  since: '2019-01-01T00:00:00Z',
  period: 'P5Y',
  dueAt: '2024-01-01T00:00:00Z',
  country: 'FR',
  authority: null,
}
const SAID: readonly ErasureEvent[] = [
  { _tag: 'Requested', userId: USER, reason: 'due', ground: GROUND, by: { key: 'alice' } },
  { _tag: 'Confirmed', erasure: 0, by: { policy: 'automatic' } },
  { _tag: 'Withdrawn', erasure: 0, by: { key: 'bob' }, reason: 'a mistake' },
  {
    _tag: 'Erased',
    erasure: 0,
    userId: USER,
    ground: GROUND,
    stream: streamOf(USER),
    from: 0,
    to: 1,
    leaves: [
      [17, 'AAAA'],
      [19, 'BBBB'],
    ],
  },
  { _tag: 'Completed', erasure: 0, events: 2, bytes: 4711, files: 'gone' },
]
const standing = (event: NewEvent, stream = ERASURES) => asRead(event, stream, 3, '0000000000000007')

describe('an event of the stream of erasures', () => {
  for (const said of SAID) {
    it(`is read as it was written: ${said._tag}`, () => {
      expect(readErasureEvent(standing(erasureEvent(said, NOW)))).to.deep.equal({ said, recordedAt: NOW })
    })
  }

  it('is none in another stream', () => {
    expect(readErasureEvent(standing(erasureEvent(SAID[0] as ErasureEvent, NOW), streamOf(USER)))).to.equal(null)
  })

  it('stops whoever does not know it: of another type, or with a part missing', () => {
    const unknown = ownEvent('b1b7b1a0-0000-4000-8000-000000000000', {
      type: 'kyc-ledger.erasure-postponed',
      data: { erasure: 0 },
      recordedAt: NOW,
    })
    const incomplete = ownEvent('b1b7b1a0-0000-4000-8000-000000000001', {
      type: 'kyc-ledger.erasure-erased',
      data: { erasure: 0, userId: USER },
      recordedAt: NOW,
    })
    for (const event of [unknown, incomplete]) {
      expect(() => readErasureEvent(standing(event))).to.throw('kyc-erasures, revision 3, cannot be read')
    }
  })
})
