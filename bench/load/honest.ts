import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../rounds.ts'
import { deliveries } from '../webhooks.ts'
import type { HonestJob, HonestResult } from './attacks.ts'

/** The process of an honest sender: what `process.argv[2]` says. */
const { url, connections, pauseMs, seconds, firstUser, from } = JSON.parse(process.argv[2] ?? '') as HonestJob
const until = performance.now() + seconds * 1000
const USERS_PER_CONNECTION = 100_000
const NEW_CONNECTION_EVERY = 10

const took: number[] = []
const others: Record<string, number> = {}

const send = (agent: Agent, body: string): Promise<string> =>
  new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': from }
    const asked = request(`${url}/webhooks/treezor`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(String(response.statusCode)))
    })
    asked.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    asked.end(body)
  })

const worker = async (number: number): Promise<void> => {
  const source = deliveries(firstUser + number * USERS_PER_CONNECTION)
  let agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await delay((pauseMs / connections) * number)
  for (let count = 1; performance.now() < until; count += 1) {
    const body = source.next().value
    if (count % NEW_CONNECTION_EVERY === 0) {
      agent.destroy()
      agent = new Agent({ keepAlive: true, maxSockets: 1 })
    }
    const began = performance.now()
    const answer = await send(agent, body)
    took.push(performance.now() - began)
    if (answer !== '200') others[answer] = (others[answer] ?? 0) + 1
    await delay(pauseMs)
  }
  agent.destroy()
}

await Promise.all(Array.from({ length: connections }, (_, number) => worker(number)))
const result: HonestResult = {
  sent: took.length,
  p50: percentile(took, 0.5),
  p99: percentile(took, 0.99),
  max: percentile(took, 1),
  others,
}
console.log(JSON.stringify(result))
