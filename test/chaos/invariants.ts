import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { readJournal } from '../../src/journal/rows.ts'
import { answered, type EventJson, okText } from '../support/service/answers.ts'
import { expectReadModelOfLog } from '../support/service/deliveries.ts'
import { kyc } from '../support/service/kyc.ts'
import type { Service } from '../support/service/service.ts'
import type { Env } from '../support/service/serviceProcess.ts'
import { type Fact, standingOf } from './facts.ts'
import { Violation } from './load.ts'
import { readinessOf, type Scene } from './scene.ts'

const streamOf = async (service: Service, user: string): Promise<readonly EventJson[]> => {
  const response = await answered(() => service.get(`/users/${user}/events`, { accept: 'application/x-ndjson' }))
  if (response.status === 404) return []
  const text = (await okText(response)).trimEnd()
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as EventJson)
}

const violated = (what: string): never => {
  throw new Violation(what)
}

/** What stands in the stream of a user: each event one that was sent, none twice, no place left out. */
const checkStream = (user: string, events: readonly EventJson[], facts: ReadonlyMap<string, Fact>): readonly Fact[] => {
  const seen = new Set<string>()
  return events.map((event, index) => {
    const { revision, eventId, data } = event
    if (revision !== index) violated(`of ${user} revision ${index} is missing`)
    const id = String(data['webhook_id'])
    const fact = facts.get(id) ?? violated(`of ${user} ${id} stands in the log, and was never sent`)
    for (const key of [id, eventId]) if (seen.has(key)) violated(`${id} stands twice in the stream of ${user}`)
    seen.add(id).add(eventId)
    if (!fact.users.includes(user)) violated(`${id} is not of ${user}`)
    const sent = JSON.parse(fact.body) as Record<string, unknown>
    if (fact.users.length === 1 && !isDeepStrictEqual(sent['object_payload'], data['object_payload'])) {
      violated(`${id} is not what was sent`)
    }
    return fact
  })
}

/** Every promise that the service has made, to its senders, its readers and its operator. */
export const checkAll = async (scene: Scene, service: Service): Promise<void> => {
  const ready = await readinessOf(service)
  if (ready.code !== 200) violated(`it was ready, and is not: ${JSON.stringify(ready)}`)
  const facts = new Map(scene.sent.map((fact) => [fact.id, fact]))
  const streams = new Map<string, readonly EventJson[]>()
  for (const user of scene.users) {
    const events = await streamOf(service, user)
    streams.set(`kyc-${user}`, events)
    const known = checkStream(user, events, facts)
    if (known.length === 0) continue
    const last = events.at(-1)?.position ?? ''
    const text = await okText(await answered(() => service.get(`/users/${user}/kyc?minPosition=${last}`)))
    const { status, verified } = JSON.parse(text) as { readonly status: string; readonly verified: boolean }
    const expected = standingOf(known)
    if (status !== expected || verified !== (expected === 'validated')) {
      violated(`${user} is ${status} (verified: ${verified}), and should be ${expected}`)
    }
  }
  for (const { id, acknowledged } of scene.sent) {
    for (const { stream, revision, eventId } of acknowledged ?? []) {
      const event = streams.get(stream)?.[revision]
      if (event?.eventId !== eventId || event.data['webhook_id'] !== id) {
        violated(`${id} was acknowledged at ${revision} of ${stream}, where ${event?.eventId ?? 'nothing'} stands`)
      }
    }
  }
  await expectReadModelOfLog(service, scene.users)
  const bodies = new Set(
    readJournal(join(scene.directory, 'journal.db'), { limit: 10_000 }).map(({ body }) => body.toString('utf8')),
  )
  for (const { body, kept } of scene.forged)
    if (kept && !bodies.has(body)) violated('the journal lacks what it was said to hold')
}

/** What a replay says of a read model that is about to hear of something. */
const NOT_THERE_YET = 'the read model in use ends at position'

/** What an operator would ask: nothing is wrong with the log, and the read model is what it amounts to. */
export const checkCommands = async ({ directory }: Scene, env: Env): Promise<void> => {
  for (const words of [['verify'], ['replay', '--dry-run']]) {
    let asked = await kyc(directory, words, env)
    // The service goes on writing, if only that somebody looked.
    for (let again = 0; again < 5 && asked.stdout.includes(NOT_THERE_YET); again++) {
      await sleep(1000)
      asked = await kyc(directory, words, env)
    }
    const { code, stdout, stderr } = asked
    if (code !== 0) violated(`${words.join(' ')} says ${code}: ${stdout.slice(-600)}${stderr.slice(-600)}`)
  }
}
