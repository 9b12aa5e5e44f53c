import { existsSync } from 'node:fs'
import { lookAtApiKeys } from './apiKeys.ts'
import { CHEAP } from './atStart.ts'
import { lookAtBackups } from './backups.ts'
import { lookAtBelonging } from './belonging.ts'
import { lookAtClock, lookAtLeaps } from './clock.ts'
import { lookAtConfiguration } from './configuration.ts'
import { lookAtDatabases } from './databases.ts'
import { type Finding, fault } from './finding.ts'
import { lookAtJournal } from './journal.ts'
import { examine, type Look, type Patient } from './patient.ts'
import { lookAtProvider } from './provider.ts'
import { lookAtSecretFiles, lookAtSecrets } from './secrets.ts'
import { lookAtReadModel, lookAtVersions } from './versions.ts'

const BEFORE: readonly Look[] = [
  { of: 'configuration', look: lookAtConfiguration },
  { of: 'versions', look: lookAtVersions },
]

/** What reads all of a log, or asks for it. */
const THOROUGH: readonly Look[] = [
  { of: 'backup', look: lookAtBackups },
  { of: 'journal', look: lookAtJournal },
  { of: 'read model', look: lookAtReadModel },
  { of: 'databases', look: lookAtDatabases },
  { of: 'clock', look: lookAtLeaps },
]

/** The log itself: of one that does not answer no more is asked. */
const OF_LOG: readonly Look[] = [
  { of: 'directory', look: lookAtBelonging },
  { of: 'clock', look: lookAtClock },
  { of: 'secrets', look: lookAtSecrets },
  { of: 'API keys', look: lookAtApiKeys },
]

const server = async ({ config: { eventStore } }: Patient): Promise<readonly Finding[]> => {
  if (eventStore.kind !== 'esdb') return []
  const { lookAtEventStoreDb } = await import('./eventStoreDb.ts')
  return lookAtEventStoreDb(eventStore.connectionString)
}

/** All that is looked at, in the order in which it is told. */
export const lookThrough = async (patient: Patient): Promise<readonly Finding[]> => {
  const { dataDir } = patient.config
  const before = await examine(patient, BEFORE)
  if (!existsSync(dataDir))
    return [...before, fault('data directory', `there is none at ${dataDir}; is DATA_DIR the service's?`)]
  const found = await examine(patient, [
    ...CHEAP,
    ...THOROUGH,
    { of: 'event store', look: server },
    { of: 'provider', look: (patient) => lookAtProvider(patient) },
    { of: 'secrets', look: lookAtSecretFiles },
  ])
  const isAnswering = !found.some(({ of, verdict }) => of === 'event store' && verdict === 'fault')
  return [...before, ...found, ...(isAnswering ? await examine(patient, OF_LOG) : [])]
}
