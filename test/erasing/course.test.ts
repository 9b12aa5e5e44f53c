import { expect } from 'chai'
import type { Instant } from '../../domain/instant.ts'
import { Courses, stageOf } from '../../src/erasing/course.ts'
import type { ErasureEvent } from '../../src/ledger/erasures.ts'
import { GROUND } from '../support/erasures/recordErased.ts'
import { userId } from '../support/events/storedEvents.ts'

const [ANNA, BERT] = [userId('101'), userId('102')]

const requested = (of: typeof ANNA | null = ANNA): ErasureEvent => ({
  _tag: 'Requested',
  userId: of,
  reason: 'over',
  ground: GROUND,
  by: { key: 'legal' },
})
const confirmed: ErasureEvent = { _tag: 'Confirmed', erasure: 0, by: { key: 'judge' } }
const erased = (stream: string, of: typeof ANNA | null = ANNA): ErasureEvent => ({
  _tag: 'Erased',
  erasure: 0,
  userId: of,
  ground: GROUND,
  stream,
  from: 0,
  to: 0,
  leaves: [[3, 'x']],
})

const stageAfter = (...said: readonly ErasureEvent[]): string => {
  const courses = new Courses()
  for (const [revision, one] of said.entries()) courses.hear({ said: one, recordedAt: 0 as Instant }, revision)
  const course = courses.get(0) ?? expect.fail('no erasure')
  return `${stageOf(course)}: ${[...course.recorded.keys()].join()}`
}

describe('the course of an erasure', () => {
  it('is that of what two have agreed to, of the streams of its user', () => {
    const all = [requested(), confirmed, erased('kyc-shared-1'), erased(`kyc-${ANNA}`)]
    expect(stageAfter(...all)).to.equal(`erasing: kyc-shared-1,kyc-${ANNA}`)
    const ofNobody = [requested(null), confirmed, erased('kyc-unattributed', null)]
    expect(stageAfter(...ofNobody)).to.equal('erasing: kyc-unattributed')
  })

  it('is moved on by no record that nobody confirmed, or that is of somebody or something else: nothing of that is removed', () => {
    const self: ErasureEvent = { _tag: 'Confirmed', erasure: 0, by: { key: 'legal' } }
    const own = erased(`kyc-${ANNA}`)
    expect(stageAfter(requested(), own)).to.equal('requested: ')
    expect(stageAfter(requested(), self, own)).to.equal('requested: ')
    const others = [
      erased(`kyc-${BERT}`, BERT),
      erased(`kyc-${BERT}`),
      erased('kyc-erasures'),
      erased('kyc-unattributed'),
    ]
    expect(stageAfter(requested(), confirmed, ...others)).to.equal('confirmed: ')
    expect(stageAfter(requested(null), confirmed, own, erased(`kyc-${ANNA}`, null))).to.equal('confirmed: ')
  })
})
