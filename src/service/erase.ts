import type { Config } from '../config/config.ts'
import { appendErasures } from '../erasing/appendErasures.ts'
import { asking } from '../erasing/asking.ts'
import { askingForDue } from '../erasing/askingForDue.ts'
import { eraseByPolicy } from '../erasing/automatic.ts'
import { type ErasingProcess, startErasing } from '../erasing/erasing.ts'
import { forgetErased } from '../erasing/forgetting.ts'
import { judgeByReadModel } from '../erasing/judgeByReadModel.ts'
import { waitsOf } from '../erasing/waiting.ts'
import type { ErasingSources } from '../http/erasing/erasing.ts'
import { type LogIdentity, lossAcceptedAt } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { countErasures } from '../metrics/erasures.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Parts } from './parts.ts'

/** So long the node that began has before another one goes on with what it left; of a file there is no other. */
const GRACE_MS = 20_000

/** What erasures are asked for with, and what ends the work on them. */
interface Erasing {
  readonly sources: Pick<ErasingSources, 'known' | 'asking' | 'askingForDue' | 'isSealed' | 'begin'>
  readonly stop: () => Promise<void>
}

/** Carries out what is confirmed, from when the log is joined on; what is due by itself, where the policy says so. */
export const eraseWith = (
  { standing, store, identity, erasures: known, readModel, clock, sealing, journal }: Parts,
  { dataDir, retention, sealing: { everySeconds } }: Pick<Config, 'dataDir' | 'retention' | 'sealing'>,
  { registry }: Metrics,
  log: Logger,
): Erasing => {
  const { now, fault } = clock
  const isSealed = everySeconds > 0
  const judging = judgeByReadModel({ store, readModel, policy: retention, now })
  const append = appendErasures(standing, known, now, fault)
  const forDue = askingForDue({ store, known, append, judging })
  const { treeReaches, tree } = sealing
  const completions = countErasures(registry)
  let running: ErasingProcess | null = null
  let stopAutomatic = (): void => undefined
  let isStopping = false

  const begin = (erasures: readonly number[]): void => running?.wake(erasures)
  const start = (joined: LogIdentity): void => {
    const out = { store: standing, known, append, judging, treeReaches, tree }
    const forget = forgetErased(journal, dataDir, joined)
    running = startErasing({
      out,
      forget,
      isSealed,
      graceMs: standing.embedded ? 0 : GRACE_MS,
      log,
      completed: () => completions.inc(),
    })
    known.onNews(() => running?.wake())
    if (isSealed && retention?.automatic) {
      const newestAtStart = clock.newestAtStart()
      const waits = waitsOf({ dataDir, now, newestAtStart, lossAcceptedAt: () => lossAcceptedAt(standing) })
      stopAutomatic = eraseByPolicy(forDue, { waits, begin, log })
    }
  }
  identity
    .then((joined) => {
      if (joined !== null && !isStopping) start(joined)
    })
    .catch(() => undefined)
  return {
    sources: { known, asking: asking(append, judging), askingForDue: forDue, isSealed, begin },
    stop: async () => {
      isStopping = true
      stopAutomatic()
      await running?.stop()
    },
  }
}
