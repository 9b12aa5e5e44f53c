import { expect } from 'chai'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { history } from '../../../domain/answer/history.ts'
import { knownBy, readTimes } from '../../../domain/answer/question.ts'
import { correctedReceipt, type ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { fold } from '../../../domain/state/fold.ts'
import { instant, recordedStream } from '../../support/events/storedEvents.ts'
import { USER } from '../../support/histories/histories.ts'
import { kyc, undated, user } from '../../support/webhooks/plainWebhooks.ts'

const at = (time: string): string => `2024-06-03T${time}:00.000Z`
const positionOf = (revision: number): string => String(revision).padStart(16, '0')
/** What stands from one revision to another counts as received then. */
const correction = (from: number, to: number, countsAs: string): ReceiptCorrection => ({
  from: positionOf(from),
  to: positionOf(to),
  countsAs: instant(countsAs),
})
const verified = (stream: readonly StoredEvent[], corrections: readonly ReceiptCorrection[] = []): boolean =>
  currentStatus(fold(USER, stream, [], { corrections })).verified

describe('a receipt that a wrong clock wrote', () => {
  const RECEIPTS = [at('10:00'), at('12:00'), at('11:45')]

  it('limits no time any more: a refusal that a slow clock dated too early comes after the validation', () => {
    const arriving = [user('1', at('09:00')), user('2', at('12:00')), user('3', at('12:05'))]
    const stream = recordedStream(USER, arriving, (index) => RECEIPTS[index] ?? '')
    expect(verified(stream), 'as the clock had it').to.equal(true)
    expect(verified(stream, [correction(2, 2, at('12:30'))])).to.equal(false)
  })

  it('counts as the next one outside, for what was known and for what nothing else dates, which stays weak', () => {
    const arriving = [user('1', at('09:00')), undated(user('3', at('12:05')))]
    const stream = recordedStream(USER, arriving, (index) => (index === 0 ? at('10:00') : '2025-06-03T12:00:00.000Z'))
    const corrections = [correction(1, 1, at('12:10'))]
    const known = (time: string) => knownBy(stream, instant(time), readTimes(corrections)).length
    expect([known(at('12:09')), known(at('12:10'))]).to.deep.equal([1, 2])
    expect(knownBy(stream, instant(at('12:10')))).to.have.length(1)
    const orphan = { orphan: false }
    const entries = [
      ...history(
        USER,
        stream.map((event) => ({ event, ...orphan })),
        corrections,
      ),
    ]
    expect(entries.map((entry) => entry?.corrected)).to.deep.equal([false, true])
    expect(entries[1]).to.deep.include({ occurredAt: at('12:10'), recordedAt: at('12:10'), weaklyDated: true })
  })

  it('is still later than what it received: a claim beyond it is not believed', () => {
    const arriving = [user('1', at('09:00')), user('3', at('10:00')), user('2', '2030-01-01T00:00:00.000Z')]
    const stream = recordedStream(USER, arriving, () => at('11:00'))
    expect(verified(stream, [correction(0, 2, at('12:30'))])).to.equal(false)
  })

  it('is proved wrong by a signed time after it, which it does not limit', () => {
    const signed = { lastReviewDatetime: at('12:05') }
    const result = kyc('REFUSED', at('12:05'))
    const refusal = { ...result, object_payload: { ...(result.object_payload as object), ...signed } }
    const arriving = [kyc('PENDING', at('09:00')), kyc('VALIDATED', at('12:00')), refusal]
    const stream = recordedStream(USER, arriving, (index) => RECEIPTS[index] ?? '')
    expect(verified(stream)).to.equal(false)
  })

  it('counts as the last correction says', () => {
    const corrections = [correction(1, 5, at('12:00')), correction(3, 3, at('13:00'))]
    const counted = [0, 1, 3, 5, 6].map((revision) => correctedReceipt(positionOf(revision), corrections))
    expect(counted).to.deep.equal([null, instant(at('12:00')), instant(at('13:00')), instant(at('12:00')), null])
  })
})
