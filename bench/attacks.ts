import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readDelivery } from '../src/journal/rows.ts'
import { ATTACKS, type Attack, type HonestResult, runAttack, runHonest } from './load/attacks.ts'
import { atMost, type Figure, figure, type Measurement, noted, type Scale } from './measurement.ts'
import { residentMiB } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { startService } from './service.ts'

/** Far more than the provider sends: eight connections, each again 20 ms after its last answer. */
const HONEST = { connections: 8, pauseMs: 20, from: '198.51.100.7' }
/** The attack has begun when the honest sender does, and goes on when he ends. */
const BEFORE_MS = 700
const AFTER_SECONDS = 0.5
const WARM_UPS = 3
const FIRST_USER = 2_000_000_000
const USERS_PER_ROUND = 10_000_000

let told = 0

const asSide = ({ p50, p99, sent, others }: HonestResult, main: number): Side => ({
  value: p99,
  notes: { p50, sent, main, notTaken: Object.values(others).reduce((sum, one) => sum + one, 0) },
})

/** What the honest sender delivered before, when his secret was wrong: it is in the journal, and has to stay there. */
const REFUSED = `{"webhook":"user.kycrequest","object_payload":{"users":[{"userId":"1"}]},"object_payload_signature":"${'B'.repeat(43)}="}`

/** One attack on a service of its own, with budgets that nobody has spent anything of. */
const underAttack = async (attack: Attack, connections: number, { rounds, seconds }: Scale): Promise<Figure> => {
  const service = await startService(undefined, [], { TRUST_PROXY: 'loopback' })
  const { url } = service
  /** With the share of a processor that the main thread takes meanwhile. */
  const honest = async (): Promise<Side> => {
    const [before, began] = [service.cpu().main, performance.now()]
    const result = await runHonest({ ...HONEST, url, seconds, firstUser: FIRST_USER + USERS_PER_ROUND * told++ })
    const main = (service.cpu().main - before) / ((performance.now() - began) / 1000)
    return asSide(result, main)
  }
  try {
    const headers = { 'x-forwarded-for': HONEST.from }
    await service.idle()
    const refused = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body: REFUSED, headers })
    if (!(await refused.text()).includes('not-verified'))
      throw new Error('the honest delivery was to be refused and kept')
    for (let warm = 0; warm < WARM_UPS; warm += 1) await honest()
    const seen = { sent: 0, answers: new Set<string>(), memory: 0 }
    const results = await interleave<'without' | 'under'>(rounds, {
      without: honest,
      under: async (round) => {
        const going = runAttack({
          url,
          attack,
          connections,
          from: `203.0.113.${round}`,
          seconds: seconds + BEFORE_MS / 1000 + AFTER_SECONDS,
        })
        await delay(BEFORE_MS)
        const side = await honest()
        const { sent, answers } = await going
        seen.sent += sent
        for (const status of Object.keys(answers)) seen.answers.add(status)
        seen.memory = Math.max(seen.memory, residentMiB(service.pid))
        await service.idle()
        return side
      },
    })
    const sides = results.map(({ under, without }) => ({ product: under, against: without }))
    const [under, without] = [results.map((one) => one.under), results.map((one) => one.without)]
    const notTaken = under.reduce((sum, { notes }) => sum + (notes?.['notTaken'] ?? 0), 0)
    const isKept = readDelivery(join(service.directory, 'journal.db'), 1)?.body.toString() === REFUSED
    return figure({ what: `delivery, p99, under ${attack}`, against: 'without', unit: 'ms' }, sides, atMost(3), [
      `${attack}: p50 ${noted(under, 'p50').toFixed(1)} ms, without ${noted(without, 'p50').toFixed(1)}; the main thread takes ${noted(under, 'main').toFixed(2)} of a processor, without ${noted(without, 'main').toFixed(2)}; honest deliveries not taken: ${notTaken}; an honest one that was refused before is ${isKept ? 'kept' : 'NOT KEPT'}; by ${connections} connections ${seen.sent} times, answered ${[...seen.answers].join(', ') || 'nothing'}; ${Math.round(seen.memory)} MiB`,
    ])
  } finally {
    await service.stop()
  }
}

/** How long an honest sender waits for his answers while an outsider does one thing after the other, and while nobody does. */
export const attacks: Measurement = {
  name: 'attacks',
  run: async (scale) => {
    const figures: Figure[] = []
    for (const [attack, connections] of Object.entries(ATTACKS) as [Attack, number][])
      figures.push(await underAttack(attack, connections, scale))
    return figures
  },
}
