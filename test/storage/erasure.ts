import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readErasureEvent } from '../../src/ledger/erasures.ts'
import {
  completed,
  deliverIn2019,
  endedLife,
  filesWith,
  personOf,
  requestAndConfirm,
  withPolicy,
} from '../support/erasures/erasing.ts'
import { eventually } from '../support/patience.ts'
import { badlySigned, newUser, request } from '../support/webhooks/webhookBuilders.ts'
import { logOf } from './promises.ts'
import type { Recorded } from './record.ts'
import { warnings } from './scenarios.ts'
import type { Fault } from './shim.ts'

/** An erasure on a disk that fails: what is said to be gone is on no disk, whenever the power goes. */
export const erasureOf = (...faults: readonly Fault[]) => {
  const users = Array.from({ length: 40 }, newUser)
  const [erased = ''] = users.slice(20)
  const person = Object.values(personOf(erased))
  const markIn = (directory: string): number => {
    const mark = join(directory, 'erasures-forgotten.json')
    return existsSync(mark) ? (JSON.parse(readFileSync(mark, 'utf8')) as { readonly next: number }).next : 0
  }
  /** What the mark is once he is forgotten. */
  let last = Number.POSITIVE_INFINITY
  return {
    prepare: (directory: string): Promise<void> => deliverIn2019(directory, users.flatMap(endedLife)),
    happen: async (recorded: Recorded) => {
      const service = await recorded.start(withPolicy())
      await service.ready()
      await service.post(badlySigned(request(erased, {}, personOf(erased))))
      recorded.disk.fail(...faults)
      const told = await completed(service, erased, await requestAndConfirm(service, erased))
      recorded.disk.fail()
      await eventually('no file holds it', () => (filesWith(recorded.directory, person).length === 0 ? true : null))
      // Written a moment after the bytes went.
      await service.projected({ authorization: 'Bearer shop' })
      const [said, exit] = [warnings(service), await service.stop()]
      last = markIn(recorded.directory)
      return { told: told.state, said, exit }
    },
    /** Throws where a log says that it is complete, and a file holds what it says is gone. */
    check: (directory: string): void => {
      // As it was found, before anybody opens it.
      const holding = filesWith(directory, person)
      const isComplete = logOf(directory).some(
        (event) => event.stream === 'kyc-erasures' && readErasureEvent(event)?.said._tag === 'Completed',
      )
      const ofLog = holding.filter((found) => found.startsWith('events.db'))
      if (isComplete && ofLog.length > 0) throw new Error(`it is complete, and there is ${ofLog.join(', ')}`)
      const hasForgotten = markIn(directory) >= last
      const ofJournal = holding.filter((found) => found.startsWith('journal.db'))
      if (hasForgotten && ofJournal.length > 0)
        throw new Error(`the journal has forgotten, and there is ${ofJournal.join(', ')}`)
    },
  }
}
