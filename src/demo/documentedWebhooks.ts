import { readdirSync, readFileSync } from 'node:fs'
import { sign } from '../webhooks/signature.ts'

/** A webhook of the provider's documentation, signed with a secret of ours. */
export interface DocumentedWebhook {
  /** Of the example, for instance `qes.finalized.canceled`. */
  readonly title: string
  readonly body: string
}

const DIRECTORY = new URL('../../test/fixtures/', import.meta.url)

/** The nineteen documented webhooks. Their own signatures were made with a secret nobody knows, over other data. */
export const documentedWebhooks = (secret: string): readonly DocumentedWebhook[] =>
  readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const body = JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8'))
      const webhook = typeof body.webhook === 'object' ? body.webhook : body
      webhook.object_payload_signature = sign(JSON.stringify(webhook.object_payload), secret)
      return { title: file.replace('.json', ''), body: JSON.stringify(body) }
    })
