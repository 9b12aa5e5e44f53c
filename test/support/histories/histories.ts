import fc from 'fast-check'
import { claimedTime, userId } from '../events/storedEvents.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'

export const USER = userId('42')

/** Four times, so that many events share one; in the provider's unit and, the same moment, in milliseconds. */
const TIMES = [17194724399020, 17194725841280, 1719472584128, 17194726044900, 17294726044900]
const IDS = ['id-1', 'id-2', 'id-3', 'id-4', 'id-5']

const without = <A extends object>(value: A): Partial<A> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<A>

const sometimesMissing = <A>(values: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> =>
  fc.oneof({ weight: 6, arbitrary: values }, { weight: 1, arbitrary: fc.constant(undefined) })

const hostile = fc.constantFrom<unknown>(
  null,
  '',
  '🙃',
  {},
  [],
  true,
  -1,
  9,
  '9',
  'constructor',
  '__proto__',
  2.5,
  'two',
)

const review = sometimesMissing(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<unknown>('1', '2', '3', 2, '2', 1) },
    { weight: 2, arbitrary: fc.constantFrom<unknown>('0', '4', '5', '6', '7') },
    { weight: 1, arbitrary: hostile },
  ),
)

const level = sometimesMissing(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<unknown>('0', '1', '2', 2, '3', 4, '4') },
    { weight: 1, arbitrary: hostile },
  ),
)

const userStatus = sometimesMissing(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<unknown>('PENDING', 'VALIDATED', 'VALIDATED') },
    { weight: 1, arbitrary: fc.constantFrom<unknown>('CANCELED', 'CANCELLED') },
    { weight: 1, arbitrary: hostile },
  ),
)

const time = sometimesMissing(
  fc.constantFrom('2024-06-27T07:15:00Z', '2024-06-27T09:16:24+02:00', '2024-10-21T00:00:00Z'),
)

const someUser = fc
  .record({ userId: fc.constantFrom<unknown>('42', 42, '43'), kycReview: review, kycLevel: level, userStatus })
  .map(without)

const user = fc.record({
  webhook: fc.constantFrom('user.kycrequest', 'user.kycreview', 'user.update', 'user.strange', 'document.update'),
  object_id: fc.constantFrom('42', '43'),
  object_payload: fc
    .tuple(someUser, fc.array(someUser, { maxLength: 2 }))
    .map(([first, more]) => ({ users: [{ ...first, userId: '42' }, ...more] })),
})

const kyc = fc.record({
  webhook: fc.constantFrom('kycreview.request', 'kycreview.result', 'kycreview.expired', 'qes.created'),
  object_id: fc.constant('42'),
  object_payload: fc
    .record({
      userId: fc.constantFrom<unknown>('42', 42),
      kycStatus: sometimesMissing(
        fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom<unknown>('PENDING', 'VALIDATED', 'REFUSED', 'VALIDATED') },
          { weight: 1, arbitrary: hostile },
        ),
      ),
      kycReview: review,
      kycReviewType: fc.constantFrom('ONBOARDING', 'PERIODIC'),
      lastRequestDatetime: time.map((at) => at ?? null),
      lastReviewDatetime: time,
      nextReviewDate: fc.constantFrom('2029-02-25', '2029-02-30', null),
    })
    .map(without),
})

const document = fc.record({
  webhook: fc.constantFrom('document.create', 'document.update', 'document.cancel'),
  object_id: fc.constantFrom('801', '802'),
  object_payload: fc
    .array(
      fc
        .record({
          documentId: fc.constantFrom<unknown>('801', 802, '802'),
          userId: fc.constant('42'),
          documentStatus: sometimesMissing(
            fc.oneof(fc.constantFrom<unknown>('PENDING', 'VALIDATED', 'CANCELED'), hostile),
          ),
          documentTypeId: fc.constantFrom<unknown>('17', 9, '99'),
          modifiedDate: fc.constantFrom('0000-00-00 00:00:00', '2024-06-27 09:16:24', '0001-01-01 00:00:00'),
        })
        .map(without),
      { minLength: 1, maxLength: 3 },
    )
    .map((documents) => ({ documents })),
})

/** Webhooks about documents that name no user. */
export const orphans: fc.Arbitrary<WebhookJson> = fc.record({
  webhook: fc.constantFrom('document.update', 'document.cancel'),
  webhook_id: fc.constantFrom(...IDS),
  webhook_created_at: fc.constantFrom(...TIMES),
  object_id: fc.constantFrom('801', '802'),
  object_payload: fc.record({
    documents: fc.array(
      fc.record({
        documentId: fc.constantFrom('801', '802', '803'),
        userId: fc.constantFrom('0000000', '', null),
        documentStatus: fc.constantFrom('PENDING', 'VALIDATED', 'CANCELED', 'LOST'),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
})

const liveness = fc.record({
  webhook: fc.constantFrom('kycliveness.create', 'kycliveness.update'),
  object_id: fc.constantFrom('liveness-a', 'liveness-b'),
  object_payload: fc
    .record({
      user_id: fc.constant('42'),
      'kyc-status': sometimesMissing(
        fc.oneof(
          {
            weight: 5,
            arbitrary: fc.constantFrom<unknown>('processing', 'processed', 'processed', 'aborted', 'expired'),
          },
          { weight: 1, arbitrary: hostile },
        ),
      ),
      score: sometimesMissing(fc.constantFrom<unknown>(1, 0, -1, '1', 0.5, 'one')),
      'started-at': time.map((at) => at ?? null),
      'updated-at': time,
      comment: fc.constant('foo'),
    })
    .map(without),
})

const identification = fc.record({
  webhook: fc.constantFrom(
    'qes.created',
    'qes.finalized',
    'videoConference.created',
    'videoConference.finalized',
    'foo',
  ),
  object_id: fc.constantFrom('transaction-a', 'transaction-b'),
  object_payload: fc
    .record({
      userId: fc.constantFrom<unknown>('42', 42),
      transactionNumber: fc.constantFrom('transaction-a', 'transaction-b'),
      identId: fc.constant('TST'),
      result: sometimesMissing(
        fc.oneof(
          {
            weight: 5,
            arbitrary: fc.constantFrom<unknown>(
              'STARTED',
              'CHECK_PENDING',
              'SUCCESS',
              'SUCCESS_DATA_CHANGED',
              'CANCELED',
            ),
          },
          { weight: 1, arbitrary: fc.constantFrom<unknown>('ABORTED', 'FRAUD_SUSPICION_CONFIRMED', 'REVIEW_PENDING') },
          { weight: 1, arbitrary: hostile },
        ),
      ),
      identificationTime: time.map((at) => at ?? ''),
    })
    .map(without),
})

const payloads: fc.Arbitrary<WebhookJson> = fc.oneof(
  { weight: 4, arbitrary: user },
  { weight: 2, arbitrary: kyc },
  { weight: 1, arbitrary: document },
  { weight: 1, arbitrary: liveness },
  { weight: 2, arbitrary: identification },
)

/** Names user 42 and cannot be read: another one of these in a wrapping that nobody knows, or a user without its list. */
const unreadables: fc.Arbitrary<WebhookJson> = fc.oneof(
  fc.record({
    webhook: fc.constantFrom('user.update', 'kycreview.result', 'qes.created'),
    object_payload: fc
      .tuple(fc.constantFrom('data', 'users', 'kyc', 'document'), payloads)
      .map(([wrapping, { object_payload }]) => ({ [wrapping]: { 0: object_payload } })),
  }),
  fc.record({
    webhook: fc.constantFrom('user.kycreview', 'user.update', 'foo'),
    object_payload: fc.record({
      userId: fc.constantFrom<unknown>('42', 42, ['42']),
      kycReview: fc.constantFrom('1', '2', '3'),
      email: fc.constant(''),
    }),
  }),
)

const envelopes = fc
  .record({
    webhook_id: sometimesMissing(fc.constantFrom(...IDS)),
    webhook_created_at: sometimesMissing(fc.constantFrom<unknown>(...TIMES, String(TIMES[0]), 12345)),
  })
  .map(without)

/** One of a few payloads, under one of a few ids and times: some are the same fact, some echo each other. */
export const arrivals = (maxLength = 20): fc.Arbitrary<readonly WebhookJson[]> =>
  fc.array(payloads, { minLength: 1, maxLength: 8 }).chain((few) =>
    fc.array(
      fc.tuple(fc.constantFrom(...few), envelopes).map(([payload, envelope]) => ({ ...payload, ...envelope })),
      { maxLength },
    ),
  )

/** Every payload another one: no two of them can echo each other. Some cannot be read. */
export const arrivalsWithoutEcho: fc.Arbitrary<readonly WebhookJson[]> = fc
  .array(fc.tuple(fc.oneof({ weight: 8, arbitrary: payloads }, { weight: 1, arbitrary: unreadables }), envelopes), {
    maxLength: 12,
  })
  .map((pairs) =>
    pairs.map(([payload, envelope], index) => ({
      ...payload,
      ...envelope,
      object_payload: { ...(payload.object_payload as object), clientId: index },
    })),
  )

/** What neither id nor time distinguishes from another may be a redelivery or not: there, the order of arrival tells. */
export const distinguished = (webhooks: readonly WebhookJson[]): readonly WebhookJson[] =>
  webhooks.map((webhook, index) =>
    claimedTime(webhook) === null ? { ...webhook, webhook_id: `own-${index}` } : webhook,
  )

/** An id that came with several payloads proves nothing of a repeat that comes after: here each payload has ids of its own. */
export const withOwnIds = (webhooks: readonly WebhookJson[]): readonly WebhookJson[] => {
  const payloads = [...new Set(webhooks.map(({ object_payload }) => JSON.stringify(object_payload)))]
  return webhooks.map((webhook) =>
    webhook.webhook_id === undefined
      ? webhook
      : { ...webhook, webhook_id: `${webhook.webhook_id}-${payloads.indexOf(JSON.stringify(webhook.object_payload))}` },
  )
}

/** The same things in another order. */
export const shuffled = <A>(items: readonly A[]): fc.Arbitrary<A[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>('VALIDATED', 'validated', 'SUCCESS', 'processed', 1, 2, '2', '02') },
  { weight: 1, arbitrary: hostile },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)

const objectOf = (keys: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys, '__proto__', 'constructor'), anything, { maxKeys: 7, noNullPrototype: true })

const ofUser = (id: string, fields: fc.Arbitrary<Record<string, unknown>>) =>
  fc.tuple(fields, fc.constantFrom<unknown>('42', 42, '43')).map(([one, owner]) => ({ ...one, [id]: owner }))

const KYC_FIELDS = [
  'kycStatus',
  'kycReview',
  'kycLevel',
  'kycReviewType',
  'lastReviewDatetime',
  'nextReviewDate',
  'result',
]

/** Payloads that look like something, with anything in any field; as they are after a journey through JSON text. */
export const nearMisses: fc.Arbitrary<unknown> = fc
  .oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    {
      weight: 3,
      arbitrary: fc
        .array(ofUser('userId', objectOf(['kycReview', 'kycLevel', 'kycStatus', 'userStatus'])), { maxLength: 3 })
        .map((users) => ({ users })),
    },
    { weight: 3, arbitrary: ofUser('userId', objectOf(KYC_FIELDS)) },
    { weight: 1, arbitrary: ofUser('userId', objectOf(['transactionNumber', 'identId', 'result', 'kycReview'])) },
    { weight: 1, arbitrary: ofUser('user_id', objectOf(['kyc-status', 'score', 'started-at', 'kycStatus', 'users'])) },
    {
      weight: 1,
      arbitrary: fc
        .array(ofUser('userId', objectOf(['documentId', 'documentStatus', 'kycReview'])), { maxLength: 2 })
        .map((documents) => ({ documents })),
    },
  )
  .map((payload) => JSON.parse(JSON.stringify(payload)))
