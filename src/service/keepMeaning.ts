import { setTimeout as delay } from 'node:timers/promises'
import type { Instant } from '../../domain/instant.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { NodeClock } from '../clock/nodeClock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { recordMeaning } from '../ledger/meaning.ts'
import type { Logger } from '../log/log.ts'
import type { Progress } from '../readModel/projection/progress.ts'

const AGAIN_MS = 1000

/** What sees to it that the log says by which version changes are told. */
interface Meaning {
  /** At the start: resolves once it was tried; where it failed it is tried again, until `signal`. */
  readonly begin: () => Promise<void>
  /** An older node that starts meanwhile says otherwise, and of two that serve at once the newer one tells. */
  readonly heard: (progress: Progress) => void
}

/** Nothing is recorded by a clock that is wrong: it is waited for until it is right. */
export const keepMeaning = (
  store: EventStore,
  { now, fault }: Pick<NodeClock, 'now' | 'fault'>,
  log: Logger,
  signal: AbortSignal,
): Meaning => {
  const { version } = KYC_STATUS
  let told = ''
  const rightTime = (): Instant => {
    const time = now()
    const wrong = fault()
    if (wrong !== null) throw new Error(wrong.reason)
    return time
  }
  const isRecorded = async (): Promise<boolean> => {
    try {
      if (await recordMeaning(store, version, rightTime))
        log.info({ version }, 'changes are told by this version from here on')
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== told)
        log.warn({ reason }, 'it cannot be recorded by which version changes are told; it is tried again')
      told = reason
      return false
    }
  }
  const patiently = async (): Promise<void> => {
    while (!signal.aborted && !(await isRecorded())) await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
  }
  return {
    begin: async () => {
      if (!(await isRecorded())) void patiently()
    },
    heard: ({ meaning }) => {
      if (meaning !== undefined && meaning < version) void patiently()
    },
  }
}
