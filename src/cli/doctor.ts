import * as E from 'fp-ts/lib/Either.js'
import { type Config, readConfig } from '../config/config.ts'
import { lookAtConfiguration } from '../doctor/configuration.ts'
import { lookAtFiles } from '../doctor/files.ts'
import { type Finding, table } from '../doctor/finding.ts'

/** All that is looked at, in the order in which it is told. Each look gives what it finds, and throws nothing. */
const examine = async (config: Config): Promise<readonly Finding[]> => {
  const { eventStore, dataDir } = config
  const files = lookAtFiles(dataDir, eventStore.kind === 'sqlite' ? eventStore.file : null)
  if (eventStore.kind === 'sqlite') return [...lookAtConfiguration(config), ...files]
  const { lookAtEventStoreDb } = await import('../doctor/eventStoreDb.ts')
  return [...lookAtConfiguration(config), ...files, ...(await lookAtEventStoreDb(eventStore.connectionString))]
}

/**
 * `doctor`: looks whether configuration, files and event store are as the service needs them, changes nothing, and says
 * what it found in a table. Exit code 1 where something is to be mended; warnings alone give 0.
 */
export const doctorCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const config = readConfig(environment)
  if (words.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : 'usage: doctor')
    return 2
  }
  const findings = await examine(config.right)
  console.log(table(findings))
  return findings.some(({ verdict }) => verdict === 'fault') ? 1 : 0
}
