import { documentedNames, documentedText } from '../../../src/sending/documentedWebhooks.ts'

export { documentedNames }

/** A webhook's JSON, unwrapped. */
export interface WebhookJson {
  readonly webhook?: unknown
  readonly webhook_id?: unknown
  readonly webhook_created_at?: unknown
  readonly object?: unknown
  readonly object_id?: unknown
  readonly object_payload?: unknown
}

/** One of the provider's documented webhooks, without the envelope around some of them. */
export const documented = (name: string): WebhookJson => {
  const json = JSON.parse(documentedText(name))
  return typeof json.webhook === 'object' ? json.webhook : json
}

/** The documented ids of documents' owners are blacked out (`1XXXXXX`): this one stands in for them. */
export const DOCUMENT_OWNER = '1234567'

/** As `documented`, with a user in place of the blacked-out ones. */
export const documentedOfUser = (name: string): WebhookJson => {
  const webhook = documented(name)
  if (!name.startsWith('document.')) return webhook
  const { documents } = webhook.object_payload as { documents: readonly object[] }
  return {
    ...webhook,
    object_payload: { documents: documents.map((one) => ({ ...one, userId: DOCUMENT_OWNER })) },
  }
}
