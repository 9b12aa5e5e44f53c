import { fromMilliseconds } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import { decide, observationOf } from '../../../src/reconciling/decide.ts'
import type { MemoryLedger } from '../pipeline/memoryLedger.ts'
import { USER } from './histories.ts'

/** Asks the provider about user 42, who shows this of him: what the service decides then is recorded, in milliseconds at `at`. */
export const ask = async (ledger: MemoryLedger, user: object | null, at: number): Promise<void> => {
  const [own, orphans] = [ledger.own(USER), ledger.orphans()]
  const observation = observationOf(user === null ? null : { user }, null)
  const decided = decide(USER, { own, orphans }, fold(USER, own, orphans), observation, fromMilliseconds(at), [])
  if (decided !== null) await ledger.append(USER, decided.events)
}
