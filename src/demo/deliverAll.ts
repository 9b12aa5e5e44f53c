import * as E from 'fp-ts/lib/Either.js'
import type { Standing } from '../ingest/streamHead.ts'
import { deliver } from '../sending/deliver.ts'
import { documentedNames, documentedText } from '../sending/documentedWebhooks.ts'
import { signedWebhook } from '../sending/signedWebhook.ts'

/** A webhook of the provider's documentation, signed. */
interface DocumentedWebhook {
  readonly title: string
  readonly body: string
}

/** As much of the answer to a delivery as the demo looks at. */
interface Answer {
  readonly outcome: string
  readonly events: readonly Standing[]
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

/** The nineteen, signed with a secret of ours: their own signatures were made with one that nobody knows. */
const documentedWebhooks = (secret: string): readonly DocumentedWebhook[] =>
  documentedNames.map((title) => {
    const signed = signedWebhook(documentedText(title), secret)
    if (E.isLeft(signed)) throw new Error(`${title}: ${signed.left}`)
    return { title, body: signed.right.body }
  })

/** Delivers the documented webhooks to the service at `url`, one after the other, then each twice more, shuffled and all at once. */
export const deliverAll = async (url: string, secret: string): Promise<readonly Delivered[]> => {
  const webhooks = documentedWebhooks(secret)
  const answerTo = async ({ body }: DocumentedWebhook): Promise<Answer> => {
    const delivery = await deliver(url, body)
    return delivery._tag === 'Taken' ? delivery : { outcome: 'not taken', events: [] }
  }
  const first: { readonly title: string; readonly answer: Answer }[] = []
  for (const webhook of webhooks) first.push({ title: webhook.title, answer: await answerTo(webhook) })

  const again = new Map<string, string[]>(webhooks.map(({ title }) => [title, []]))
  await Promise.all(
    shuffled([...webhooks, ...webhooks]).map(async (webhook) => {
      again.get(webhook.title)?.push((await answerTo(webhook)).outcome)
    }),
  )
  return first.map(({ title, answer: { outcome, events } }) => ({
    title,
    outcome,
    events,
    again: again.get(title) ?? [],
  }))
}
