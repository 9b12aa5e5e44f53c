import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { type Delivery, deliver } from './deliver.ts'
import { documentedText } from './documentedWebhooks.ts'
import type { Flow, Said } from './flows.ts'
import { signedWebhook } from './signedWebhook.ts'

type Json = Readonly<Record<string, unknown>>

/** The values in the one object that the payload is, or holds in a list. */
const withValues = (payload: Json, values: Json): Json => {
  const [list] = ['users', 'documents'].filter((name) => Array.isArray(payload[name]))
  return list === undefined
    ? { ...payload, ...values }
    : { [list]: (payload[list] as readonly Json[]).map((one) => ({ ...one, ...values })) }
}

/** The body, flat. `createdAt`: in tenths of milliseconds, as the provider gives it. */
const bodyOf = ({ example, values, objectId }: Said, createdAt: number): string => {
  const documented = JSON.parse(documentedText(example))
  const webhook: Json = typeof documented.webhook === 'object' ? documented.webhook : documented
  return JSON.stringify({
    ...webhook,
    webhook_id: randomUUID(),
    webhook_created_at: createdAt,
    ...(objectId === null ? {} : { object_id: objectId }),
    object_payload: withValues(webhook['object_payload'] as Json, values),
  })
}

/** To whom a life is told, and about whom. */
export interface Telling {
  readonly service: string
  readonly secret: string
  readonly userId: UserId
  readonly pauseMs: number
}

/** A webhook of a life with what came of it. */
export interface Told {
  readonly name: string
  readonly tells: string
  readonly delivery: Delivery
}

/** Delivers what a flow says, webhook after webhook, each later than the one before; gives each when it is delivered. Throws where it cannot be signed. */
export async function* play(flow: Flow, { service, secret, userId, pauseMs }: Telling): AsyncGenerator<Told> {
  let createdAt = 0
  for (const said of flow(() => new Date())) {
    if (createdAt > 0) await pause(pauseMs)
    createdAt = Math.max(Date.now() * 10, createdAt + 1)
    const signed = signedWebhook(bodyOf(said, createdAt), secret, userId)
    if (E.isLeft(signed)) throw new Error(signed.left)
    const { name, body } = signed.right
    yield { name: name ?? '', tells: said.tells, delivery: await deliver(service, body) }
  }
}
