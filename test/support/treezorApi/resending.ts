import { randomUUID } from 'node:crypto'
import { signed, type WebhookFields } from '../webhooks/webhookBuilders.ts'

/** A webhook that the provider has sent, or tried to send. */
export interface Emitted {
  /** Its name. */
  readonly webhook: string
  /** When, in milliseconds since 1970. */
  readonly at: number
  /** As it was sent, signed. */
  readonly body: string
}

/** Where webhooks go, and what was answered. */
export interface Target {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Query {
  readonly events: readonly Emitted[]
  state: 'built' | 'PENDING' | 'DONE' | 'FAILED'
  readonly answers: number[]
}

/** The part of the provider that sends webhooks again (docs.treezor.com, guide/webhooks/retry). */
export interface Resender {
  /** What it could send again. */
  readonly emitted: Emitted[]
  readonly query: (startAt: string, endAt: string, webhook: string | null) => string
  readonly csv: (queryId: string) => string | null
  /** Sends again; `false`: there is no such query, or it is too large. */
  readonly execute: (queryId: string) => boolean
  readonly status: (queryId: string) => Query | null
  /** Once nothing is being sent. */
  readonly settled: () => Promise<void>
}

const MOST = 20_000
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

export const resender = (target: () => Target | null, most: number = MOST): Resender => {
  const emitted: Emitted[] = []
  const queries = new Map<string, Query>()
  let sending: Promise<void> = Promise.resolve()

  const send = async (query: Query): Promise<void> => {
    const to = target()
    for (const { body } of query.events) {
      if (to === null) continue
      const answer = await fetch(to.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...to.headers },
        body,
      }).catch(() => null)
      query.answers.push(answer?.status ?? 0)
      await answer?.body?.cancel()
    }
    query.state = query.answers.every((status) => status === 200) ? 'DONE' : 'FAILED'
  }

  return {
    emitted,
    query: (startAt, endAt, webhook) => {
      const [from, to] = [Date.parse(startAt), Date.parse(endAt)]
      const events = emitted.filter(
        (one) => one.at >= from && one.at <= to && (webhook === null || one.webhook === webhook),
      )
      const queryId = randomUUID()
      queries.set(queryId, { events, state: 'built', answers: [] })
      return queryId
    },
    csv: (queryId) => {
      const query = queries.get(queryId)
      if (query === undefined) return null
      const rows = query.events.map(
        ({ webhook, at, body }) => `${webhook},${new Date(at).toISOString()},${quoted(`${body}\n`)}`,
      )
      return ['webhook,createdAt,body', ...rows, ''].join('\r\n')
    },
    execute: (queryId) => {
      const query = queries.get(queryId)
      if (query === undefined || query.events.length > most) return false
      query.state = 'PENDING'
      sending = sending.then(() => send(query))
      return true
    },
    status: (queryId) => queries.get(queryId) ?? null,
    settled: () => sending,
  }
}

/** What was sent, signed, when it says that it was. */
export const emittedOf = (webhook: WebhookFields, secret?: string): Emitted => ({
  webhook: webhook.name ?? '',
  at: Number(webhook.createdAt) / 10,
  body: signed(webhook, secret),
})
