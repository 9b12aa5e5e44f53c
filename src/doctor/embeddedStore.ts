import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { currentReadModel } from '../readModel/file.ts'
import { filesOfDatabase, lookAtDatabase, lookAtModes } from './files.ts'
import { type Finding, fault, ok } from './finding.ts'

/** The files of a service: `log` is that of the embedded store, `null` where the log is a server's. */
export const lookAtFiles = (dataDir: string, log: string | null): readonly Finding[] => {
  if (!existsSync(dataDir)) return [fault('data directory', `there is none at ${dataDir}; is DATA_DIR the service's?`)]
  const databases = [log ?? '', join(dataDir, 'journal.db'), currentReadModel(dataDir)].filter((file) =>
    existsSync(file),
  )
  const modes = lookAtModes([dataDir, ...databases.flatMap(filesOfDatabase)])
  return [
    ...(modes.length === 0 ? [ok('file modes', 'nobody but the owner gets at the files')] : modes),
    ...(log !== null && !existsSync(log)
      ? [fault('event log', `there is none at ${log}; is EVENT_STORE the service's?`)]
      : []),
    ...databases.map(lookAtDatabase),
  ]
}
