import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PAGE_SIZE } from '../../src/provider/windows.ts'
import { atMost, byItself, type Figure } from '../measurement.ts'
import { openStore } from '../preparedLog.ts'
import { removeDirectory } from '../processes.ts'
import type { Side } from '../rounds.ts'
import { OTHERWISE_EVERY } from './knownLog.ts'
import { copyOf, type Stage, startAsking } from './stage.ts'
import { sweep, sweepWhole } from './sweeping.ts'

const LOOK_MS = 5

const observationsIn = async (directory: string): Promise<number> => {
  const store = await openStore(join(directory, 'events.db'))
  let count = 0
  for await (const events of store.readAll())
    count += events.filter(({ type }) => type === 'kyc-ledger.observed').length
  await store.close()
  return count
}

/** A sweep that is broken off by kill -9 at a moment of no choice, and goes on: how many are asked about a second time. */
export const killed = async (stage: Stage, perMinute: number): Promise<Side> => {
  const { users, log, provider } = stage
  const directory = copyOf(log)
  try {
    const service = await startAsking(stage, directory, perMinute)
    const part = 0.1 + 0.7 * Math.random()
    const sweeping = sweep(service)
    let isOver = false
    void sweeping.finally(() => {
      isOver = true
    })
    const pages = (part * users) / PAGE_SIZE
    while (!isOver && (await provider.heard()).pages < pages) await delay(LOOK_MS)
    process.kill(service.pid, 'SIGKILL')
    if ((await sweeping) !== null) throw new Error('the sweep came to its end before it was killed')
    const again = await startAsking(stage, directory, perMinute)
    const { checked } = await sweepWhole(again).finally(() => again.stop())
    const { usersTwice, pagesTwice } = await provider.heard()
    const [observed, differing] = [await observationsIn(directory), Math.ceil(users / OTHERWISE_EVERY)]
    if (observed !== differing) throw new Error(`${observed} observations were recorded, of ${differing} users`)
    return { value: usersTwice, notes: { part, checked, pagesTwice } }
  } finally {
    removeDirectory(directory)
  }
}

export const killedFigure = (sides: readonly Side[], users: number): Figure => {
  const times = sides.map(({ value, notes = {} }) => {
    const { part = 0, checked = 0, pagesTwice = 0 } = notes
    return `killed after ${part.toFixed(2)} of it: ${value} asked about twice, ${checked.toLocaleString('en-US')} left to compare, ${pagesTwice} pages read twice`
  })
  return byItself(
    { what: 'users asked about twice, a sweep broken off by kill -9', against: 'all users', unit: '' },
    sides.map((product) => ({ product, against: { value: users } })),
    atMost(1),
    [`whoever differs was recorded once, each time; ${times.join('; ')}`],
  )
}
