import type { Standing } from '../ingest/streamHead.ts'
import type { DocumentedWebhook } from './documentedWebhooks.ts'

/** As much of the answer to a delivery as the demo looks at. */
interface Answer {
  readonly outcome: string
  readonly events?: readonly Standing[]
}

/** A webhook with what became of it when it was delivered first, and each time that it was delivered again. */
export interface Delivered {
  readonly title: string
  readonly outcome: string
  readonly events: readonly Standing[]
  readonly again: readonly string[]
}

const shuffled = <A>(items: readonly A[]): readonly A[] =>
  items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)

/** Delivers the webhooks to the service at `url` one after the other, then each twice more, shuffled and all at once. */
export const deliverAll = async (
  url: string,
  webhooks: readonly DocumentedWebhook[],
): Promise<readonly Delivered[]> => {
  const deliver = async ({ body }: DocumentedWebhook): Promise<Answer> => {
    const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body })
    return (await response.json()) as Answer
  }
  const first: { readonly title: string; readonly answer: Answer }[] = []
  for (const webhook of webhooks) first.push({ title: webhook.title, answer: await deliver(webhook) })

  const again = new Map<string, string[]>(webhooks.map(({ title }) => [title, []]))
  await Promise.all(
    shuffled([...webhooks, ...webhooks]).map(async (webhook) => {
      again.get(webhook.title)?.push((await deliver(webhook)).outcome)
    }),
  )
  return first.map(({ title, answer: { outcome, events = [] } }) => ({
    title,
    outcome,
    events,
    again: again.get(title) ?? [],
  }))
}
