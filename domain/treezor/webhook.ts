import { membersOf } from './fields.ts'

/** The parts of a webhook that can mean something: all but the payload is unsigned hearsay. */
export interface Webhook {
  readonly name: string | null
  readonly objectId: string | null
  readonly payload: unknown
}

const idText = (u: unknown): string | null =>
  typeof u === 'string' && u !== '' ? u : typeof u === 'number' ? String(u) : null

/** The meaningful parts of a webhook, out of its JSON. */
export const webhookOf = (json: unknown): Webhook => {
  const body = membersOf(json)
  return {
    name: typeof body['webhook'] === 'string' ? body['webhook'] : null,
    objectId: idText(body['object_id']),
    payload: body['object_payload'],
  }
}
