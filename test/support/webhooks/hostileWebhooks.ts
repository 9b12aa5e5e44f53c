import { documentedNames } from './documentedWebhooks.ts'
import { but, fixture, type WebhookFields } from './webhookBuilders.ts'

/** Runs if it is taken for markup, in whichever place; looks like another text where it is obeyed; has no place to be broken at. */
export const HOSTILE = `"'><script>window.stolen=1</script><img src=x onerror=window.stolen=1>\${1}{{1}}\u202e\u0007&lt;${'W'.repeat(300)}`

/** What says whose it is and which object: with it a webhook is heard. */
const NAMES_SOMEBODY = new Set(['userId', 'user_id', 'documentId', 'transactionNumber', 'identId'])

const DECIDES = new Set([
  'kycReview',
  'kycLevel',
  'kycStatus',
  'userStatus',
  'documentStatus',
  'kyc-status',
  'score',
  'result',
])

const made = (value: unknown, userId: string, spared: (key: string) => boolean, key = ''): unknown => {
  if (key === 'userId' || key === 'user_id') return userId
  if (Array.isArray(value)) return value.map((inner) => made(inner, userId, spared))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, made(inner, userId, spared, name)]))
  return value === null || spared(key) ? value : HOSTILE
}

/**
 * Every documented webhook, of this user, with such a text in each field but those that decide; and again in those, too, and in what names a
 * document or an identification.
 */
export const hostileWebhooks = (userId: string): readonly WebhookFields[] =>
  documentedNames.map(fixture).flatMap((webhook) => {
    const payload: unknown = JSON.parse(webhook.payloadText)
    const of = (spared: (key: string) => boolean, id: string): WebhookFields =>
      but(webhook, {
        id,
        object: HOSTILE,
        objectId: HOSTILE,
        payloadText: JSON.stringify(made(payload, userId, spared)),
      })
    return [
      of((key) => DECIDES.has(key) || NAMES_SOMEBODY.has(key), `${HOSTILE} ${webhook.name}`),
      of(() => false, `${HOSTILE} ${webhook.name} again`),
      but(
        of((key) => NAMES_SOMEBODY.has(key), `${HOSTILE} ${webhook.name} named`),
        { name: `${webhook.name}.${HOSTILE}` },
      ),
    ]
  })
