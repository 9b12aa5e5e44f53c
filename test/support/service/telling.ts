import type { WebhookFields } from '../webhooks/webhookBuilders.ts'
import { answered, type KycStatus, okText } from './answers.ts'
import type { OwnService } from './service.ts'

/** One entry of `GET /users/{userId}/kyc/history`, as much as tests look at. */
export interface HistoryEntry {
  readonly eventId: string
  readonly name: string | null
  readonly occurredAt: string
  readonly recordedAt: string
  readonly late: boolean
  readonly weaklyDated: boolean
  readonly before: { readonly status: string; readonly verified: boolean }
  readonly after: { readonly status: string; readonly verified: boolean }
  readonly anomalies: readonly { readonly kind: string; readonly detail: string }[]
}

/** A user whose life is told webhook by webhook to a running service. */
export interface Told {
  /** Delivers the webhooks in this order and gives the status after them. */
  readonly tell: (...webhooks: readonly WebhookFields[]) => Promise<KycStatus>
  readonly status: () => Promise<KycStatus>
  /** The status as of a time, or as known at one: `asOf=…`, `knownAt=…` or both. */
  readonly asked: (question: string) => Promise<KycStatus>
  readonly history: () => Promise<readonly HistoryEntry[]>
}

export const told = (service: () => OwnService, user: string): Told => {
  const json = async <A>(path: string): Promise<A> =>
    JSON.parse(await okText(await answered(() => service().get(path)))) as A
  return {
    tell: async (...webhooks) => {
      for (const webhook of webhooks) await service().deliver(webhook)
      return service().kyc(user)
    },
    status: () => service().kyc(user),
    asked: (question) => json(`/users/${user}/kyc?${question}`),
    history: async () => {
      const { events } = await json<{ readonly events: readonly HistoryEntry[] }>(`/users/${user}/kyc/history`)
      return events
    },
  }
}
