import fc from 'fast-check'
import { documented, type WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { at } from '../webhooks/webhookBuilders.ts'

/** What the provider sends about user 42, in the shapes of its documentation: without id and time. */
type Said = Pick<WebhookJson, 'webhook' | 'object' | 'object_id' | 'object_payload'>
type Json = Readonly<Record<string, unknown>>

const OWNER = '42'
const payloadOf = (name: string): Json => documented(name).object_payload as Json
const elementOf = (name: string, list: string): Json => (payloadOf(name)[list] as readonly Json[])[0] ?? {}

const like = (fixture: string, objectId: string, payload: unknown, name?: string): Said => ({
  webhook: name ?? documented(fixture).webhook,
  object: documented(fixture).object,
  object_id: objectId,
  object_payload: payload,
})

const USER = elementOf('user.kycreview', 'users')
const legacy = (name: string, kycReview: string, kycLevel: string, kycReviewComment = ''): Said =>
  like('user.kycreview', OWNER, { users: [{ ...USER, userId: OWNER, kycReview, kycLevel, kycReviewComment }] }, name)

const kyc = (fixture: string, fields: Json): Said =>
  like(fixture, OWNER, { ...payloadOf(fixture), userId: Number(OWNER), ...fields })

const document = (fixture: string, documentId: string, fields: Json): Said => {
  const element = elementOf(fixture, 'documents')
  return like(fixture, documentId, { documents: [{ ...element, documentId, userId: OWNER, ...fields }] })
}

const liveness = (fixture: string, id: string, startedAt: string, fields: Json): Said =>
  like(fixture, id, {
    ...payloadOf(fixture),
    user_id: OWNER,
    'started-at': startedAt,
    'updated-at': startedAt,
    ...fields,
  })

const identification = (fixture: string, transactionNumber: string, fields: Json = {}): Said =>
  like(fixture, transactionNumber, {
    ...payloadOf(fixture),
    userId: OWNER,
    transactionNumber,
    identificationTime: '',
    ...fields,
  })

const NO_DATES = { lastRequestDatetime: null, lastReviewDatetime: null }
const LIVENESS_IDS = [
  ['liveness-a', '2024-05-01T08:00:00.000001Z'],
  ['liveness-b', '2024-05-02T08:00:00.000001Z'],
  ['liveness-c', '2024-05-03T08:00:00.000001Z'],
] as const

const OF_THE_LIFE_CYCLES: readonly Said[] = [
  legacy('user.kycrequest', '1', '0'),
  legacy('user.kycreview', '2', '2', 'validated'),
  legacy('user.kycreview', '2', '3', 'validated again'),
  legacy('user.kycreview', '3', '4', 'refused'),
  legacy('user.update', '6', '2'),
  legacy('user.update', '7', '2'),
  legacy('user.update', '2', '2', 'another phone'),
  kyc('kycreview.request', NO_DATES),
  kyc('kycreview.result', NO_DATES),
  kyc('kycreview.result', { ...NO_DATES, kycReview: 3, kycStatus: 'REFUSED' }),
  kyc('kycreview.result', { ...NO_DATES, kycReviewType: 'PERIODIC' }),
]

const OF_DOCUMENTS: readonly Said[] = ['801', '802'].flatMap((id) => [
  document('document.create', id, {}),
  document('document.update', id, {}),
  document('document.update', id, { documentStatus: 'VALIDATED', codeStatus: '600009' }),
  document('document.cancel', id, {}),
])

const OF_LIVENESS: readonly Said[] = LIVENESS_IDS.flatMap(([id, startedAt]) => [
  liveness('kycliveness.create', id, startedAt, {}),
  liveness('kycliveness.update', id, startedAt, {}),
  liveness('kycliveness.update', id, startedAt, { score: 1, 'refusal-details': null, comment: '' }),
  liveness('kycliveness.update', id, startedAt, { 'kyc-status': 'aborted' }),
])

const OF_IDENTIFICATIONS: readonly Said[] = ['transaction-a', 'transaction-b'].flatMap((id) => [
  identification('qes.created', id),
  identification('qes.processing', id),
  identification('qes.finalized.success', id),
  identification('qes.finalized.canceled', id),
  identification('qes.aborted', id),
  identification('videoConference.created', id, { type: 'WEB' }),
  identification('videoConference.processing', id),
  identification('videoConference.processing', id, { result: 'FRAUD_SUSPICION_PENDING' }),
  identification('videoConference.finalized.success', id, { type: 'WEB' }),
  identification('videoConference.aborted', id),
])

const THEMES: readonly (readonly Said[])[] = [
  OF_THE_LIFE_CYCLES,
  OF_DOCUMENTS,
  OF_LIVENESS,
  OF_IDENTIFICATIONS,
  [...OF_THE_LIFE_CYCLES, ...OF_DOCUMENTS, ...OF_LIVENESS, ...OF_IDENTIFICATIONS],
]
const vocabularies = fc
  .constantFrom(...THEMES)
  .chain((theme) => fc.subarray([...theme], { minLength: 3, maxLength: Math.min(12, theme.length) }))

/** 2024-06-01 and on, in steps of an hour: the moments at which something is said. */
export const momentOf = (hour: number): number => at('2024-06-01T00:00:00Z') + hour * 36_000_000

const livesOf =
  (vocabularies: fc.Arbitrary<readonly Said[]>) =>
  (maxLength: number): fc.Arbitrary<readonly WebhookJson[]> =>
    vocabularies.chain((vocabulary) =>
      fc
        .tuple(
          fc.subarray([...vocabulary], { maxLength: Math.min(3, vocabulary.length) }),
          fc.array(fc.tuple(fc.constantFrom(...vocabulary), fc.constantFrom(0, 1, 1, 1, 2)), {
            minLength: 1,
            maxLength,
          }),
        )
        .map(([untimed, steps]) => {
          let hour = 0
          return steps.map(([said, hours], index): WebhookJson => {
            hour += hours
            const time = untimed.includes(said) ? {} : { webhook_created_at: momentOf(hour) }
            return { ...said, webhook_id: `said-${index}`, ...time }
          })
        }),
    )

/**
 * Lives of user 42 in real shapes, in the order in which they are lived; some things are said without time, some at one
 * time, some more than once.
 */
export const lives = livesOf(vocabularies)

const isSuccess = ({ object_payload }: Said): boolean => /"kycReview":"?2/.test(JSON.stringify(object_payload))
const [SUCCESSES, OTHERS] = [true, false].map((success) =>
  OF_THE_LIFE_CYCLES.filter((said) => isSuccess(said) === success),
)
const fewReviews = fc
  .tuple(
    fc.subarray([...(SUCCESSES ?? [])], { minLength: 1, maxLength: 2 }),
    fc.subarray([...(OTHERS ?? [])], { minLength: 1, maxLength: 3 }),
  )
  .map(([successes, others]) => [...successes, ...others])

/** Lives in which nothing happens but that he is reviewed: so few things are said that most are said again. */
export const reviews = livesOf(fewReviews)

/** The same with something in each payload that tells it from the others: nothing is said twice. */
export const distinct = (webhooks: readonly WebhookJson[]): readonly WebhookJson[] =>
  webhooks.map((webhook, index) => ({
    ...webhook,
    object_payload: { ...(webhook.object_payload as object), clientId: index },
  }))
