import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, type Forged, factsAbout } from '../chaos/facts.ts'
import { diceOf } from '../fuzz/dice.ts'
import { type Service, startService } from '../support/service/service.ts'
import type { Env } from '../support/service/serviceProcess.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'
import { newPlace } from './memory.ts'
import { type FaultyDisk, faultyDisk } from './shim.ts'
import { type Call, readTrace } from './trace.ts'

/** What was done to a directory, and what was told to whom meanwhile. */
export interface Recording {
  readonly seed: number
  /** What stood there before. */
  readonly before: string
  readonly calls: readonly Call[]
  readonly users: readonly string[]
  readonly sent: readonly Fact[]
  readonly forged: readonly Forged[]
  /** What all is removed with. */
  readonly remove: () => void
}

/** What a recording is made with. */
export interface Recorded {
  readonly disk: FaultyDisk
  readonly directory: string
  readonly users: readonly string[]
  /** Delivers a fact that was not sent before, or `again`; gives the status of the answer, 0 where none came. */
  readonly deliver: (service: Service, again?: Fact) => Promise<number>
  /** Delivers one without the secret. */
  readonly deliverForged: (service: Service) => Promise<void>
  readonly sent: readonly Fact[]
  readonly start: (env?: Env) => Promise<Service>
}

/** Records what `happen` does on a disk of its own. `prepare` fills the directory before anything is recorded. */
export const record = async (
  compiler: string,
  seed: number,
  happen: (recorded: Recorded) => Promise<void>,
  prepare: (directory: string) => Promise<void> = async () => undefined,
): Promise<Recording> => {
  const { place, remove } = newPlace()
  const [directory, before] = [join(place, 'data'), join(place, 'before')]
  mkdirSync(directory)
  await prepare(directory)
  cpSync(directory, before, { recursive: true })
  const disk = faultyDisk(compiler, directory, place)
  const users = Array.from({ length: 4 }, newUser)
  const { fact, forged } = factsAbout(users, diceOf(seed))
  const sent: Fact[] = []
  const refused: Forged[] = []
  const post = async (service: Service, body: string): Promise<number> => {
    try {
      const response = await service.post(body)
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }
  await happen({
    disk,
    directory,
    users,
    sent,
    deliver: (service, again) => {
      const one = again ?? fact()
      if (again === undefined) sent.push(one)
      return post(service, one.body)
    },
    deliverForged: async (service) => {
      const one = forged()
      refused.push(one)
      one.kept = (await post(service, one.body)) === 401
    },
    start: (env = {}) => startService(directory, { SEAL_EVERY: '1', ...disk.env, ...env }),
  })
  return {
    seed,
    before,
    calls: readTrace(disk.trace),
    users,
    sent,
    forged: refused,
    remove,
  }
}
