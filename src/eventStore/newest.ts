import type { EventStoreConfig } from './eventStoreConfig.ts'

/** So many events at the end of a log are looked at. */
export const MOST_NEWEST = 20_000

/** The metadata of the newest events of a server's log, newest first. Fails with the client's error. */
export const newestOfServer = async (
  config: Extract<EventStoreConfig, { kind: 'esdb' }>,
): Promise<readonly string[]> => {
  const { newestMetadata } = await import('./esdb/newestMetadata.ts')
  return newestMetadata(config.connectionString, MOST_NEWEST)
}
