import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { gaugesOf } from './gauges.ts'
import type { Registry } from './prometheus.ts'

/** The files of the SQLite databases of a service, by what they hold; one may become another file. */
export type DatabasesOf = () => Readonly<Record<string, string>>

const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size
  } catch {
    // A write-ahead log is not there before the first write.
    return 0
  }
}

/** How large databases and their write-ahead logs are, and what room the file systems have that they lie on. */
export const gaugeFiles = (registry: Registry, dataDir: string, databases: DatabasesOf): void => {
  const sizes = (name: string, help: string, suffix: string): void =>
    gaugesOf(registry, { name, help, label: 'database' }, async () =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(databases()).map(async ([of, file]) => [of, await sizeOf(`${file}${suffix}`)] as const),
        ),
      ),
    )
  sizes('kyc_database_bytes', 'Size of a database file', '')
  sizes('kyc_database_wal_bytes', 'Size of the write-ahead log of a database', '-wal')

  const room = (name: string, help: string, bytes: (free: number, all: number) => number): void =>
    gaugesOf(registry, { name, help, label: 'holds' }, async () => {
      const { log } = databases()
      const directories = { data: dataDir, ...(log === undefined ? {} : { log: dirname(log) }) }
      const told = await Promise.all(
        Object.entries(directories).map(async ([holds, directory]) => {
          const found = await statfs(directory).catch(() => null)
          return found === null ? [] : [[holds, bytes(found.bavail * found.bsize, found.blocks * found.bsize)] as const]
        }),
      )
      return Object.fromEntries(told.flat())
    })
  room('kyc_disk_free_bytes', 'Room left on the file system of DATA_DIR, and of an embedded log', (free) => free)
  room('kyc_disk_size_bytes', 'Size of the file system of DATA_DIR, and of an embedded log', (_free, all) => all)
}
