import { existsSync, readdirSync } from 'node:fs'
import { makeBackup } from '../backup/backup.ts'
import { tellContent } from '../backup/logContent.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { askedOf } from './backupAsked.ts'

/** `backup <to>`: copies the embedded log, and the journal, into a new directory. Gives the exit code. */
export const backupCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = askedOf(words, environment, 'backup <new directory>')
  if (asked === null) return 2
  const { path, log, journal } = asked
  if (!existsSync(log)) {
    console.error(`there is no event log ${log}; set DATA_DIR and EVENT_STORE as for the service`)
    return 2
  }
  if (existsSync(path) && readdirSync(path).length > 0) {
    console.error(`${path} is not empty: each backup has a directory of its own`)
    return 2
  }
  try {
    const { altered, ...manifest } = makeBackup({ log, journal, to: path, now: new Date().toISOString() })
    const deliveries = manifest.journal === null ? 'no journal' : `${manifest.journal.deliveries} refused deliveries`
    console.log(`backed up and looked through: ${tellContent(manifest.log)}; ${deliveries}`)
    if (altered.length > 0) console.error(`${tellAltered(altered)}; backed up as they stand: keep an older backup`)
    return altered.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`not backed up: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}
