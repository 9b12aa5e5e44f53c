import type { Standing } from '../ingest/streamHead.ts'

/** Where a service takes webhooks. */
export const WEBHOOK_PATH = '/webhooks/treezor'

/** How long an answer is waited for, in milliseconds. */
const PATIENCE_MS = 30_000

/** What came of a delivery: the answer of a service, or why there is none. */
export type Delivery =
  | { readonly _tag: 'Taken'; readonly outcome: string; readonly events: readonly Standing[] }
  | { readonly _tag: 'Refused'; readonly status: number; readonly text: string }
  | { readonly _tag: 'NotTheService' }
  | { readonly _tag: 'NoAnswer' }

const taken = (text: string): Delivery => {
  try {
    const { outcome, events = [] } = JSON.parse(text)
    if (typeof outcome === 'string' && Array.isArray(events)) return { _tag: 'Taken', outcome, events }
  } catch {
    // Something else answers at this address.
  }
  return { _tag: 'NotTheService' }
}

/** Delivers a webhook to the service at this address as the provider does, and nowhere else: a redirection is not followed. Never rejects. */
export const deliver = async (service: string, body: string): Promise<Delivery> => {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${service}${WEBHOOK_PATH}`, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal,
    })
    const text = await response.text()
    return response.status === 200 ? taken(text) : { _tag: 'Refused', status: response.status, text }
  } catch {
    return { _tag: 'NoAnswer' }
  }
}
