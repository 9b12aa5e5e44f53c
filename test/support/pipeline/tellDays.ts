import { user as userWebhook } from '../webhooks/plainWebhooks.ts'
import type { Pipeline } from './pipeline.ts'

/** Delivers a webhook of the user for each of these days of June 2024 (1 to 9), all received then. */
export const tellDays = async (
  pipeline: Pick<Pipeline, 'deliver'>,
  user: string,
  days: readonly number[],
  receivedAt: Parameters<Pipeline['deliver']>[1],
): Promise<void> => {
  for (const day of days) {
    const webhook = JSON.stringify(userWebhook('2', `2024-06-0${day}T12:00:00.000Z`))
    await pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)), receivedAt)
  }
}
