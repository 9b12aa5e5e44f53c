import { join } from 'node:path'
import { sign } from '../../src/webhooks/signature.ts'
import { appendTo, eventsOf, openStore, warmReadModel } from '../preparedLog.ts'
import { newDirectory } from '../processes.ts'
import { delivery, SECRET, STORY_LENGTH } from '../webhooks.ts'

/** As the double of the provider's API has everybody, and as he is known otherwise. */
const VALIDATED = { userStatus: 'VALIDATED', kycReview: '2', kycLevel: '2' }
const REFUSED = { userStatus: 'VALIDATED', kycReview: '3', kycLevel: '2' }

/** One user of so many is known otherwise than the provider has him. */
export const OTHERWISE_EVERY = 100

const TOGETHER = 500
/** The last of the story: the result of a review. */
const RESULT = STORY_LENGTH - 1

const result = (user: number, says: object): string => {
  const body = JSON.parse(delivery(user, RESULT))
  const webhook = typeof body.webhook === 'object' ? body.webhook : body
  Object.assign(webhook.object_payload.users[0], says)
  webhook.object_payload_signature = sign(JSON.stringify(webhook.object_payload), SECRET)
  return JSON.stringify(body)
}

/** A log with a warm read model that has heard one thing of each of these users. */
export const knownLog = async (users: number, firstUser: number): Promise<string> => {
  const directory = newDirectory()
  const store = await openStore(join(directory, 'events.db'))
  try {
    for (let first = 0; first < users; first += TOGETHER) {
      const some = Array.from({ length: Math.min(TOGETHER, users - first) }, (_, index) => first + index)
      const bodies = some.map((n) => result(firstUser + n, n % OTHERWISE_EVERY === 0 ? REFUSED : VALIDATED))
      const events = await eventsOf(bodies)
      await Promise.all(
        some.map((n, index) => appendTo(store, `kyc-${firstUser + n}`, 'no-stream', events.slice(index, index + 1))),
      )
    }
  } finally {
    await store.close()
  }
  await warmReadModel(directory)
  return directory
}
