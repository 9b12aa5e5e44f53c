import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { behindServer } from '../clock/behindServer.ts'
import { systemClock } from '../clock/clock.ts'
import { readLeaps } from '../clock/leaps.ts'
import { WRONG_MS } from '../clock/nodeClock.ts'
import { readStoreConfig } from '../config/config.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { checkIdentity, heldIdentity } from '../joining/belonging.ts'
import { carriedBy } from '../joining/carried.ts'
import { CLOCK_CORRECTED, type ClockCorrected } from '../ledger/clockCorrected.ts'
import { appendToKycLog } from '../ledger/kycLog.ts'
import { wrongReceipts } from '../ledger/wrongReceipts.ts'
import { askedOf, USAGE } from './clockAsked.ts'
import { seconds, showClock } from './showClock.ts'

/**
 * `clock`: shows where clocks were wrong, as far as the service of `DATA_DIR` has noticed and the log shows.
 * `clock --accept`: records in the log that the receipts in that range, or from `--from` to `--to`, are wrong, by whom
 * that was found and why. Gives the exit code.
 */
export const clockCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = askedOf(words)
  const config = readStoreConfig(environment)
  if (asked === null || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : USAGE)
    return 2
  }
  const { eventStore, dataDir } = config.right
  const opened = await openEventStore(eventStore, { readOnly: !asked.accept })()
  if (E.isLeft(opened)) {
    console.error(
      `${opened.left.reason}${asked.accept ? '; of an embedded log, the service has to be stopped first' : ''}`,
    )
    return 1
  }
  const store = opened.right
  try {
    const carried = carriedBy(dataDir)
    const identity = await heldIdentity(store, carried)
    await checkIdentity(store, eventStore, dataDir, carried, identity)
    const leaps = existsSync(dataDir) ? readLeaps(dataDir) : []
    const evidence = await showClock(store, leaps)
    if (!asked.accept) return 0
    const behind = await behindServer(store)
    if (behind > WRONG_MS * 1000) {
      console.error(
        `not recorded: the clock of this machine is ${seconds(behind)} behind that of the event store: set it`,
      )
      return 1
    }
    const wrong = await wrongReceipts(store, asked, leaps, evidence)
    if (E.isLeft(wrong)) {
      console.error(`not recorded: ${wrong.left}`)
      return 1
    }
    const range = wrong.right
    const { author, reason } = asked
    const settled = leaps.map(({ leapId }) => leapId)
    const data: ClockCorrected = { range, generation: identity?.generation ?? 0, leaps: settled, author, reason }
    await appendToKycLog(store, { type: CLOCK_CORRECTED, data, recordedAt: systemClock() })
    console.log(
      range === null
        ? 'recorded: no receipt is wrong'
        : `recorded: the receipts from ${range.first.stream}, revision ${range.first.revision}, to ${range.last.stream}, ` +
            `revision ${range.last.revision}, are wrong`,
    )
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    await store.close()
  }
}
