import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import { fold } from '../../domain/state/fold.ts'
import { readWebhookCreatedAt } from '../../domain/treezor/webhookCreatedAt.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { recordedStream } from '../support/events/storedEvents.ts'
import { arrivals, USER } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

const DATES = [
  'lastRequestDatetime',
  'lastReviewDatetime',
  'updated-at',
  'identificationTime',
  'modifiedDate',
  'createdDate',
]

/** The same without any time: neither of its own, nor of its payload. */
const undated = (webhook: WebhookJson, claim: unknown): WebhookJson => {
  const { webhook_created_at: _, ...rest } = webhook
  const payload = JSON.parse(
    JSON.stringify(webhook.object_payload, (key, value) => (DATES.includes(key) ? null : value)),
  ) as unknown
  return { ...rest, ...(claim === undefined ? {} : { webhook_created_at: claim }), object_payload: payload }
}

const isDated = ({ webhook_created_at: claim }: WebhookJson): boolean => readWebhookCreatedAt(claim).claim === 'read'

/** Before, between and after the times that the dated ones claim. */
const RECEIPTS = ['2024-01-01T00:00:00Z', '2024-06-27T07:14:10Z', '2024-06-27T07:20:00Z', '2030-01-01T00:00:00Z']

interface Arriving {
  readonly webhook: WebhookJson
  readonly isDated: boolean
  readonly receivedAt: string
}

const receipts = fc.constantFrom(...RECEIPTS)
const LATEST = '2031-01-01T00:00:00Z'
const dated = fc.oneof(arrivals(8), lives(8)).map((all) => all.filter(isDated))
const some = fc.array(
  fc.tuple(fc.oneof(arrivals(2), lives(2)), fc.constantFrom<unknown>(undefined, null, -1, 0, 'soon', {}), receipts),
  { minLength: 1, maxLength: 5 },
)

/** Dated webhooks, received when all of them had occurred, and undated ones whenever. */
const histories = fc
  .tuple(dated, some)
  .map(([sure, weak]): readonly Arriving[] =>
    [
      ...weak.flatMap(([webhooks, claim, receivedAt]) =>
        webhooks.map((webhook) => ({ webhook: undated(webhook, claim), isDated: false, receivedAt })),
      ),
      ...sure.map((webhook) => ({ webhook, isDated: true, receivedAt: LATEST })),
    ].toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0)),
  )

const statusOf = (arriving: readonly Arriving[]) => {
  const webhooks = arriving.map(({ webhook }) => webhook)
  const stream = recordedStream(USER, webhooks, (index) => arriving[index]?.receivedAt ?? LATEST)
  return currentStatus(fold(USER, stream))
}

describe('webhooks that nothing but their receipt dates', () => {
  it('make nobody verified whom the dated ones refuse', async () => {
    let refused = 0
    await assertLaw(
      fc.property(histories, (arriving) => {
        if (statusOf(arriving.filter((one) => one.isDated)).status !== 'refused') return
        refused += 1
        expect(statusOf(arriving).verified).to.equal(false)
      }),
      { same: 2000, others: 2000 },
      () => {
        expect(refused).to.be.greaterThan(100)
      },
    )
  })
})
