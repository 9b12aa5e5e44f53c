import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { patient } from '../eventStore/patientStore.ts'
import { isNotWritten, troubleWith } from '../files/opening.ts'
import { takeReplayLock } from '../joining/directoryLocks.ts'
import { LogRefused } from '../joining/refusal.ts'
import { ACCEPT_LOST_EVENTS, replay } from '../replay/replay.ts'
import { waitingForLog } from './withLog.ts'

const DRY_RUN = '--dry-run'

/**
 * `replay [--dry-run] [--accept-lost-events]`: rebuilds the read model from the log into a new file beside the one
 * in use, compares the two and puts the new one in use; with `--dry-run` it only compares (exit code 1 if they differ). The
 * service may run all the while.
 */
export const replayCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const unknown = words.filter((word) => word !== DRY_RUN && word !== ACCEPT_LOST_EVENTS)
  const config = readStoreConfig(environment)
  if (unknown.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: replay [${DRY_RUN}] [${ACCEPT_LOST_EVENTS}]`)
    return 2
  }
  const { dataDir, eventStore } = config.right
  if (!existsSync(dataDir)) {
    console.error(`there is no directory ${dataDir}; set DATA_DIR and EVENT_STORE as for the service`)
    return 2
  }
  const lock = takeReplayLock(dataDir)
  if (lock === null) {
    console.error('another replay is running')
    return 1
  }
  const opened = await openEventStore(eventStore, { readOnly: true })()
  if (E.isLeft(opened)) {
    console.error(opened.left.reason)
    lock.release()
    return 1
  }
  const store = patient(opened.right, waitingForLog())
  try {
    return await replay(store, eventStore, dataDir, {
      dryRun: words.includes(DRY_RUN),
      acceptLostEvents: words.includes(ACCEPT_LOST_EVENTS),
    })
  } catch (error) {
    if (isNotWritten(error)) {
      console.error(`not replayed: ${troubleWith({ what: 'the read model that is built in', file: dataDir }, error)}`)
      return 1
    }
    if (!(error instanceof LogRefused)) throw error
    console.error(error.message)
    return 1
  } finally {
    await store.close()
    lock.release()
  }
}
