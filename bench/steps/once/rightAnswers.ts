import { deepStrictEqual } from 'node:assert'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Service } from '../../service.ts'
import { deliveries } from '../../webhooks.ts'
import type { Once } from '../startStep.ts'

const SENDERS = 4
/** Of each sender: the whole stories of sixteen users. */
const EACH = 240
const USERS_EACH = 16
const FIRST_USER = 900_000_000
const APART = 1000
/** Its rows are written by then. */
const REST_MS = 500

const outcomeOf = async (url: string, body: string): Promise<unknown> => {
  const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body })
  const { outcome, events } = (await response.json()) as {
    readonly outcome: string
    readonly events: readonly { readonly stream: string; readonly revision: number; readonly eventId: string }[]
  }
  return { outcome, events: events.map(({ stream, revision, eventId }) => ({ stream, revision, eventId })) }
}

const sendAll = async (service: Service, once: Once, first: number): Promise<void> => {
  for (const body of deliveries(first).take(EACH)) {
    deepStrictEqual(await outcomeOf(once.url, body), await outcomeOf(service.url, body))
  }
}

/** The service and `once` are told the same, and have to answer the same: to each delivery, and when they are asked about the users. */
export const expectSameAnswers = async (service: Service, once: Once): Promise<void> => {
  const firsts = Array.from({ length: SENDERS }, (_, sender) => FIRST_USER + sender * APART)
  await Promise.all(firsts.map((first) => sendAll(service, once, first)))
  await service.idle()
  await delay(REST_MS)
  const db = new Database(join(once.directory, 'read-model.db'), { readonly: true })
  const bodyOf = db.prepare<[string], string>('SELECT body FROM kyc_status WHERE user_id = ?').pluck()
  for (const first of firsts) {
    for (let user = first; user < first + USERS_EACH; user++) {
      const told = JSON.parse(await service.text(`/users/${user}/kyc`)) as unknown
      deepStrictEqual(JSON.parse(bodyOf.get(String(user)) ?? 'null'), told)
    }
  }
  db.close()
}
