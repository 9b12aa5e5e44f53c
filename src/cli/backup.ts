import { existsSync, readdirSync, statSync } from 'node:fs'
import { makeBackup } from '../backup/backup.ts'
import { tellContent } from '../backup/logContent.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { inWords } from '../files/whyNot.ts'
import { type Asked, type AskedServer, backupAsked } from './backupAsked.ts'
import { verifyBackup } from './verifyBackup.ts'

/** Nothing, or a directory without anything in it. */
const isFree = (path: string): boolean =>
  !existsSync(path) || (statSync(path).isDirectory() && readdirSync(path).length === 0)

const make = ({ path, dataDir, log, journal }: Asked): number => {
  try {
    const beside = journal === null ? null : dataDir
    const { altered, ...manifest } = makeBackup({
      log,
      journal,
      dataDir: beside,
      to: path,
      now: new Date().toISOString(),
    })
    const deliveries = manifest.journal === null ? 'no journal' : `${manifest.journal.deliveries} refused deliveries`
    console.log(`backed up and looked through: ${tellContent(manifest.log)}; ${deliveries}`)
    if (altered.length > 0) console.error(`${tellAltered(altered)}; backed up as they stand: keep an older backup`)
    return altered.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`not backed up: ${inWords(error)}`)
    return 1
  }
}

const verify = (asked: Asked | AskedServer): Promise<number> => {
  if ('server' in asked) {
    const { server, eventStore, dataDir } = asked
    return verifyBackup({ eventStore, dataDir, make: null, of: { server } })
  }
  const { path, dataDir, log, journal } = asked
  return verifyBackup({
    eventStore: { kind: 'sqlite', file: log },
    dataDir,
    make: isFree(path) ? { log, journal, beside: journal !== null, now: new Date().toISOString() } : null,
    of: { path },
  })
}

/**
 * `backup <to>`: copies the embedded log, the journal and what else cannot be made anew into a new directory. With `--verify` that is restored
 * into a temporary folder and held against the running service, as is a backup that is there already, or a server that was restored
 * (`--restored <event store>`). Gives the exit code: 1 where it is not good.
 */
export const backupCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = backupAsked(words, environment)
  if (asked === null) return 2
  if ('server' in asked) return verify(asked)
  const { path, log } = asked
  if (!existsSync(log)) {
    console.error(`there is no event log ${log}; set DATA_DIR and EVENT_STORE as for the service`)
    return 2
  }
  if (asked.verify) return verify(asked)
  if (!isFree(path)) {
    console.error(`${path} is not empty: each backup has a directory of its own`)
    return 2
  }
  return make(asked)
}
