import { existsSync, readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { applyErasures } from '../backup/applyErasures.ts'
import { systemClock } from '../clock/clock.ts'
import { readStoreConfig, type StoreConfig } from '../config/config.ts'
import { forgetMark } from '../erasing/forgetting.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { formatErasureList, listName, readErasureList } from '../evidence/erasureList.ts'
import { readSealKey } from '../evidence/sealKey.ts'
import { takeServingLock } from '../joining/directoryLocks.ts'
import { readErased } from '../ledger/erased.ts'
import { originOf, readIdentity } from '../ledger/logIdentity.ts'
import { erasureListFile } from '../sealing/kept.ts'
import { withLog } from './withLog.ts'

const USAGE = `usage: erasures export
       erasures apply [<file>]`

const verifiersOf = ({ sealing }: Pick<StoreConfig, 'sealing'>) =>
  readSealKey(sealing.keyFile, 'log').map(({ verifier }) => verifier)

/** All who were erased of the log, signed with its key, on the standard output. */
const exportErasures = (config: StoreConfig): Promise<number> =>
  withLog(config, async (store) => {
    const identity = await readIdentity(store)
    if (identity === null) throw new Error('the log has no identity yet: start the service once')
    const origin = originOf(identity)
    const signers = readSealKey(config.sealing.keyFile, listName(origin))
    const erased = await readErased(store)
    const file = erasureListFile(config.dataDir)
    const kept = existsSync(file) ? readErasureList(readFileSync(file, 'utf8'), verifiersOf(config)) : null
    const back =
      kept === null || E.isLeft(kept) ? [] : kept.right.users.filter(({ userId }) => !erased.users.has(userId))
    if (back.length > 0) {
      throw new Error(
        `${file} names ${back.length} erased users whom this log has again: it is a backup; apply that list first ("erasures apply")`,
      )
    }
    process.stdout.write(formatErasureList(erased, origin, signers, Math.floor(Date.now() / 1000)))
    return 0
  })

/** Erases them again in the log of a backup. */
const apply = async ({ eventStore, dataDir, sealing }: StoreConfig, file: string): Promise<number> => {
  if (!existsSync(sealing.keyFile)) {
    throw new Error(
      `there is no key ${sealing.keyFile}: put back the one that signed the list (SEAL_KEY_FILE), no new one does`,
    )
  }
  if (!existsSync(file)) throw new Error(`there is no list ${file}: name the one that "erasures export" printed`)
  const list = readErasureList(readFileSync(file, 'utf8'), verifiersOf({ sealing }))
  if (E.isLeft(list)) throw new Error(`${file} is no list of erasures that can be relied on: ${list.left}`)
  const lock = takeServingLock(dataDir)
  if (lock === null) throw new Error('the service runs: stop it first')
  try {
    const opened = await openEventStore(eventStore)()
    if (E.isLeft(opened))
      throw new Error(`${opened.left.reason}; of an embedded log, the service has to be stopped first`)
    const store = opened.right
    try {
      const identity = await readIdentity(store)
      const [logId] = list.right.origin.split('/')
      if (identity?.logId !== logId)
        throw new Error(`${file} is of the log ${logId}, and this is ${identity?.logId ?? 'none yet'}`)
      // Their numbers are others than before.
      forgetMark(dataDir)
      const { users, events, told } = await applyErasures(store, list.right, systemClock)
      console.log(
        `${users} users were erased again, with ${events} events; the others of ${list.right.users.length} were known`,
      )
      for (const line of told) console.log(line)
      return 0
    } finally {
      await store.close()
    }
  } finally {
    lock.release()
  }
}

/**
 * `erasures export`: prints who was erased, signed. `erasures apply`: erases them again in a log that a backup has brought back, before a
 * service is started on it; without a file, by the list that DATA_DIR keeps. Gives the exit code.
 */
export const erasuresCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const [what, file, ...rest] = words
  const config = readStoreConfig(environment)
  const isExport = what === 'export' && file === undefined
  if (!(isExport || what === 'apply') || rest.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : USAGE)
    return 2
  }
  return isExport ? exportErasures(config.right) : apply(config.right, file ?? erasureListFile(config.right.dataDir))
}
