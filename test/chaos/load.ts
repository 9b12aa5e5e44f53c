import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Taken } from '../support/service/answers.ts'
import type { Service } from '../support/service/service.ts'
import type { Fact, Forged } from './facts.ts'
import { counted, type Scene } from './scene.ts'

/** Somebody was told something that is not so. */
export class Violation extends Error {}

/** A sender waits so long for an answer. */
const PATIENCE_MS = 15_000

const post = async (
  service: Service,
  body: string,
): Promise<{ readonly status: number; readonly json: object } | null> => {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(`${service.url}/webhooks/treezor`, { method: 'POST', body, signal })
    return { status: response.status, json: (await response.json()) as object }
  } catch {
    // No connection, one that broke off, or no answer in time.
    return null
  }
}

/** Delivers a fact; `false` where nobody knows what became of it. */
export const deliver = async (scene: Scene, service: Service, fact: Fact): Promise<boolean> => {
  const answer = await post(service, fact.body)
  if (answer === null || answer.status >= 500) {
    counted(scene, answer === null ? 'no answer' : `answer ${answer.status}`)
    return false
  }
  const { outcome, events } = answer.json as Taken
  if (answer.status !== 200 || (outcome !== 'appended' && outcome !== 'duplicate')) {
    throw new Violation(`an honest delivery was answered ${answer.status} ${JSON.stringify(answer.json)}`)
  }
  counted(scene, `answer 200 ${outcome}`)
  const byStream = (all: Taken['events']): Taken['events'] => all.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
  if (fact.acknowledged !== null && !isDeepStrictEqual(byStream(events), byStream(fact.acknowledged))) {
    throw new Violation(`${fact.id} is said to stand elsewhere: ${JSON.stringify([fact.acknowledged, events])}`)
  }
  fact.acknowledged = events
  return true
}

const deliverForged = async (scene: Scene, service: Service, forged: Forged): Promise<void> => {
  const answer = await post(service, forged.body)
  if (answer === null) return
  if (answer.status < 500) throw new Violation(`a forged delivery was answered ${answer.status}`)
  const { type } = answer.json as { readonly type?: string }
  counted(scene, `forged: ${type}`)
  if (type === '/problems/not-verified') forged.kept = true
}

/** One sender: new facts, such as were sent before, and forged ones, as long as there is somebody to send to. */
const sender = async (scene: Scene, isOver: () => boolean): Promise<void> => {
  const { dice, sent, forged } = scene
  while (!isOver()) {
    const service = scene.service()
    if (service === null || scene.quiet) {
      await sleep(10)
      continue
    }
    if (dice.once(10)) {
      const one = scene.newForged()
      forged.push(one)
      await deliverForged(scene, service, one)
      continue
    }
    const before = dice.once(4) && sent.length > 0 ? dice.pick(sent) : undefined
    const fact = before ?? scene.newFact()
    if (before === undefined) sent.push(fact)
    // Who is refused comes again later, as the provider does.
    if (!(await deliver(scene, service, fact))) await sleep(20)
  }
}

/** Sends with so many senders until `stop` is called; that gives what went wrong meanwhile. */
export const load = (scene: Scene, senders: number): { readonly stop: () => Promise<void> } => {
  let over = false
  const all = Promise.allSettled(Array.from({ length: senders }, () => sender(scene, () => over)))
  return {
    stop: async () => {
      over = true
      for (const one of await all) if (one.status === 'rejected') throw one.reason
    },
  }
}

export const acknowledged = ({ sent }: Scene): number => sent.filter((fact) => fact.acknowledged !== null).length
