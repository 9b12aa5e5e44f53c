import { randomUUID } from 'node:crypto'
import { documentedText } from '../src/sending/documentedWebhooks.ts'
import { sign } from '../src/webhooks/signature.ts'

/** The secret of a service on a loopback address that was given none. */
export const SECRET = 'development'

type Json = Record<string, unknown>

/** A user's verification from the first request to the last result, told with the documented webhooks. */
const STORY: readonly string[] = [
  'user.kycrequest',
  'kycreview.request',
  'document.create',
  'document.update',
  'kycliveness.create',
  'kycliveness.update',
  'qes.created',
  'qes.processing',
  'qes.finalized.success',
  'videoConference.created',
  'videoConference.processing',
  'videoConference.finalized.success',
  'kycreview.result',
  'user.kycreview',
]
const TEMPLATES = STORY.map((name) => ({ name, text: documentedText(name) }))

export const STORY_LENGTH = STORY.length

const DAY_MS = 86_400_000
const STORY_BEGAN = Date.now() - 30 * DAY_MS

/** The provider's spelling of a local time; an hour more or less does not matter here. */
const parisTime = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')

/** Puts a user, and ids of his own, where the documented example has its own. */
const personalise = (family: string, webhook: Json, user: number): void => {
  const payload = webhook['object_payload'] as Json
  const first = (list: string): Json => (payload[list] as Json[])[0] ?? {}
  switch (family) {
    case 'user':
      Object.assign(first('users'), { userId: String(user) })
      webhook['object_id'] = String(user)
      return
    case 'kycreview':
      Object.assign(payload, { userId: user })
      webhook['object_id'] = String(user)
      return
    case 'document':
      Object.assign(first('documents'), {
        userId: String(user),
        documentId: `8${user}`,
        createdDate: parisTime(STORY_BEGAN - (user % 1000) * 7_000_000),
      })
      webhook['object_id'] = `8${user}`
      return
    case 'kycliveness':
      Object.assign(payload, { user_id: String(user), comment: `of ${user}` })
      webhook['object_id'] = `liveness-${user}`
      return
    default:
      Object.assign(payload, { userId: String(user), transactionNumber: `${family}-${user}` })
      webhook['object_id'] = `${family}-${user}`
  }
}

interface Telling {
  /** Before everything that has been told of the user. */
  readonly late?: boolean
  /** How often the story has been told before: each time its payloads differ. */
  readonly chapter?: number
}

/** The signed body of one delivery: step `step` of the story of `user`. */
export const delivery = (user: number, step: number, { late = false, chapter = 0 }: Telling = {}): string => {
  const template = TEMPLATES[step % STORY_LENGTH]
  if (template === undefined) throw new Error('the story has no such step')
  const body = JSON.parse(template.text) as Json
  const webhook = (typeof body['webhook'] === 'object' ? body['webhook'] : body) as Json
  personalise(template.name.split('.', 1)[0] ?? '', webhook, user)
  const payload = webhook['object_payload'] as Json
  if (chapter > 0) payload['clientId'] = chapter
  const minute = chapter * STORY_LENGTH + (step % STORY_LENGTH)
  webhook['webhook_id'] = randomUUID()
  webhook['webhook_created_at'] = (STORY_BEGAN + minute * 60_000 - (late ? DAY_MS : 0)) * 10
  webhook['object_payload_signature'] = sign(JSON.stringify(payload), SECRET)
  return JSON.stringify(body)
}

const USERS_AT_A_TIME = 8
/** Of a hundred deliveries five are late and five are sent a second time. */
const EVERY = 20

/**
 * Deliveries as one connection of the provider would bring them, without end: the stories of eight users at a time, step
 * by step, then of the next eight. No two payloads are alike but for the share that is sent twice.
 */
export function* deliveries(firstUser: number): Generator<string> {
  const sent: string[] = []
  for (let group = firstUser, count = 0; ; group += USERS_AT_A_TIME) {
    for (let step = 0; step < STORY_LENGTH; step++) {
      for (let user = group; user < group + USERS_AT_A_TIME; user++) {
        const body = delivery(user, step, { late: step > 0 && count % EVERY === 7 })
        yield body
        sent.push(body)
        count += 1
        const earlier = sent.length > USERS_AT_A_TIME ? sent.shift() : undefined
        if (earlier !== undefined && count % EVERY === 13) yield earlier
      }
    }
  }
}
