import { setTimeout as sleep } from 'node:timers/promises'
import type { PurgeRuns, PurgeState } from './purgeRuns.ts'

const LOOK_EVERY_MS = 50

/** What a thread that writes a database is asked: to purge it (`null`), or how far it has come with that. */
export interface PurgeRequest {
  readonly purge: number | null
}

export interface PurgeAnswer {
  readonly run: number
  readonly state: PurgeState
}

/** The thread's side. */
export const answerPurge =
  ({ begin, look }: PurgeRuns) =>
  ({ purge }: PurgeRequest): PurgeAnswer => {
    const run = purge ?? begin()
    return { run, state: look(run) }
  }

/** Asks for a purge, and resolves once it is done; throws with the reason why it was not. */
export const askToPurge = async (ask: (request: PurgeRequest) => Promise<PurgeAnswer>): Promise<void> => {
  let { run, state } = await ask({ purge: null })
  while (state === 'working') {
    await sleep(LOOK_EVERY_MS)
    state = (await ask({ purge: run })).state
  }
  if (state !== 'gone') throw new Error(state.failed)
}
