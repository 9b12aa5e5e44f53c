import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import { type Submitting, submittingAgain } from '../../../src/http/deliveries/submitAgain.ts'
import { type Journal, openJournal } from '../../../src/journal/journal.ts'
import { openMetrics } from '../../../src/metrics/metrics.ts'
import { webhookSecret } from '../../../src/webhooks/signature.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { RECEIVED_AT } from '../../support/pipeline/pipeline.ts'
import { right } from '../../support/right.ts'
import { newUser, request, SECRET, signed } from '../../support/webhooks/webhookBuilders.ts'

describe('deliveries that are submitted again all at once', () => {
  let journal: Journal
  beforeEach(async () => {
    journal = await openJournal(`${newDirectory()}/journal.db`)
    for (const user of [newUser(), newUser(), newUser()]) {
      const body = Buffer.from(signed(request(user)))
      right(await journal.keep({ receivedAt: RECEIVED_AT, reason: 'store-refused', contentType: null, body }))
    }
  })
  afterEach(() => journal.close())

  /** With a log that takes what it is given, but for the one that is given it as the `failing`th. */
  const submitting = (failing: number | null): Submitting => {
    let asked = 0
    const record = () => async () => {
      asked += 1
      if (asked === failing) throw new Error('planted')
      return E.right({
        outcome: 'appended',
        standing: { stream: 'kyc-1', revision: asked, position: '1', eventId: 'e' },
      })
    }
    return {
      recorder: { record, settled: async () => undefined } as never,
      secrets: () => [webhookSecret(SECRET)],
      journal,
      now: () => RECEIVED_AT,
      log: pino({ level: 'silent' }),
      metrics: openMetrics(
        () => ({ ready: true }) as never,
        journal.figures,
        () => 0,
      ),
    }
  }

  it('are tried each: one over which the service fails is told of, stays open, and stops no other', async () => {
    const { submitted, after } = await submittingAgain(submitting(2)).all('store-refused', 0, 'operator')
    expect(submitted.map(({ id, outcome, open }) => [id, outcome, open])).to.deep.equal([
      [1, 'appended', false],
      [2, 'failed', true],
      [3, 'appended', false],
    ])
    expect(after).to.equal(null)
  })

  it('are begun no more once it has taken long, and who goes on comes to the end', async () => {
    const submit = submittingAgain(submitting(null), 0)
    const seen: number[] = []
    for (let next: number | null = 0; next !== null; ) {
      const { submitted, after } = await submit.all('store-refused', next, null)
      expect(submitted).to.have.length(1)
      seen.push(...submitted.map(({ id }) => id))
      next = after
    }
    expect(seen).to.deep.equal([1, 2, 3])
  })
})
