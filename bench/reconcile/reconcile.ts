import { setTimeout as delay } from 'node:timers/promises'
import { runHonest } from '../load/attacks.ts'
import { atMost, type Figure, figure, judged, type Measurement, NO_TARGET, noted, type Scale } from '../measurement.ts'
import { removeDirectory, residentMiB } from '../processes.ts'
import { interleave, median, type Side, spread } from '../rounds.ts'
import { killed, killedFigure } from './killed.ts'
import { knownLog } from './knownLog.ts'
import { copyOf, type Stage, startAsking } from './stage.ts'
import { startProvider } from './startProvider.ts'
import { sweepOn, sweepWhole } from './sweeping.ts'

const FIRST_USER = 1_000_000
/** Requests a minute: as it is unless somebody says otherwise, and as many as may be. */
const [USUAL, MOST] = [60, 6000]
/** Far more than the provider sends. */
const HONEST = { connections: 8, pauseMs: 20, from: '198.51.100.7' }
const USERS_PER_ROUND = 10_000_000
const WARM_UPS = 3
const PARTS = 10
const KILLS = { quick: 1, full: 3 }

/** The resident memory of a process in MiB while something runs, a sample each quarter of a second; of each part of that time the median. */
const residentDuring = async (pid: number, run: () => Promise<unknown>): Promise<readonly number[]> => {
  const samples: number[] = []
  const ended = new AbortController()
  const sampling = (async () => {
    for (; !ended.signal.aborted; await delay(250)) samples.push(residentMiB(pid))
  })()
  await run().finally(() => ended.abort())
  await sampling
  const length = Math.max(1, Math.floor(samples.length / PARTS))
  return Array.from({ length: PARTS }, (_, part) => median(samples.slice(part * length, (part + 1) * length)))
}

/** Everybody, once: how long it takes, and what the service holds meanwhile. */
const whole = async (stage: Stage): Promise<readonly Figure[]> => {
  const { users, log, provider } = stage
  const directory = copyOf(log)
  const service = await startAsking(stage, directory, MOST)
  try {
    const [rest, cpu, before, began] = [
      residentMiB(service.pid),
      service.cpu(),
      await provider.heard(),
      performance.now(),
    ]
    let recorded = 0
    const parts = await residentDuring(service.pid, async () => {
      const swept = await sweepWhole(service)
      if (swept.checked !== users) throw new Error(`${swept.checked} of ${users} users were compared`)
      recorded = swept.recorded
    })
    const seconds = (performance.now() - began) / 1000
    const [after, heard] = [service.cpu(), await provider.heard()]
    const [one, pages] = [heard.users - before.users, heard.pages - before.pages]
    const [, second = Number.NaN, ...later] = parts.filter((mib) => !Number.isNaN(mib))
    const what = `a sweep of ${users.toLocaleString('en-US')} users`
    return [
      figure(
        { what, against: `its requests, ${MOST.toLocaleString('en-US')} a minute`, unit: 's' },
        [{ product: { value: seconds }, against: { value: ((one + pages) * 60) / MOST } }],
        NO_TARGET,
        [
          `${pages} pages, and ${one} requests about one user each; ${recorded} recorded; a user costs the main thread ${Math.round(((after.main - cpu.main) / users) * 1e6)} µs and the others ${Math.round(((after.others - cpu.others) / users) * 1e6)}; one run`,
        ],
      ),
      {
        what: `resident memory, ${what}`,
        against: 'the second tenth of it',
        unit: 'MiB',
        product: spread(later),
        peer: spread([second]),
        ...judged(spread(later.map((mib) => mib / second)), atMost(1.1)),
        rounds: later.map((mib) => ({ product: { value: mib }, against: { value: second } })),
        remarks: [
          `the median of each tenth of the time: ${parts.map(Math.round).join(', ')} MiB; at rest before it ${Math.round(rest)}`,
        ],
      },
    ]
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

let told = 0

/** How long a sender waits while a sweep goes on beside, and while none does. */
const beside = async (stage: Stage, perMinute: number, { rounds, seconds }: Scale): Promise<Figure> => {
  const directory = copyOf(stage.log)
  const service = await startAsking(stage, directory, perMinute)
  const honest = async (): Promise<Side> => {
    const [before, began] = [service.cpu().main, performance.now()]
    const firstUser = 2_000_000_000 + USERS_PER_ROUND * told++
    const { p50, p99, others } = await runHonest({ ...HONEST, url: service.url, seconds: 3 * seconds, firstUser })
    if (Object.keys(others).length > 0) throw new Error(`deliveries were answered ${JSON.stringify(others)}`)
    return { value: p99, notes: { p50, main: (service.cpu().main - before) / ((performance.now() - began) / 1000) } }
  }
  try {
    for (let warm = 0; warm < WARM_UPS; warm += 1) await honest()
    const results = await interleave<'without' | 'with'>(rounds, {
      without: honest,
      with: async () => {
        const end = sweepOn(service)
        const side = await honest()
        await end()
        await service.idle()
        return side
      },
    })
    const [sides, alone] = [results.map((one) => one.with), results.map((one) => one.without)]
    return figure(
      { what: `delivery, p99, beside a sweep of ${perMinute} requests a minute`, against: 'without', unit: 'ms' },
      results.map((one) => ({ product: one.with, against: one.without })),
      atMost(1.2),
      [
        `p50 ${noted(sides, 'p50').toFixed(1)} ms, without ${noted(alone, 'p50').toFixed(1)}; the main thread takes ${noted(sides, 'main').toFixed(2)} of a processor, without ${noted(alone, 'main').toFixed(2)}`,
      ],
    )
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

/** Everybody, asked of a provider in a process of its own. */
export const reconcile: Measurement = {
  name: 'reconcile',
  run: async (scale) => {
    const users = scale.quick ? 5000 : 100_000
    const log = await knownLog(users, FIRST_USER)
    /** Of each part one that has been asked nothing yet. */
    const onStage = async <A>(act: (stage: Stage) => Promise<A>): Promise<A> => {
      const provider = await startProvider({ users, firstUser: FIRST_USER })
      return act({ users, log, provider }).finally(() => provider.stop())
    }
    try {
      const figures = [...(await onStage(whole))]
      for (const perMinute of [USUAL, MOST]) figures.push(await onStage((stage) => beside(stage, perMinute, scale)))
      const sides: Side[] = []
      for (let kills = scale.quick ? KILLS.quick : KILLS.full; kills > 0; kills -= 1)
        sides.push(await onStage((stage) => killed(stage, MOST)))
      figures.push(killedFigure(sides, users))
      return figures
    } finally {
      removeDirectory(log)
    }
  },
}
