import { workerData } from 'node:worker_threads'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { appendTo } from './append.ts'
import { announceCommits } from './commits.ts'
import { filesOf, type LogFiles, openForWriting } from './database.ts'

export interface WriterThreadData {
  readonly file: string
  /** Those that the process has opened, whichever bear their names now. */
  readonly files: LogFiles
}

const { file, files } = workerData as WriterThreadData

/** What is appended to files that have no name any more is gone with the process; others are somebody else's. */
const checkFiles = (): void => {
  const { database, wal } = filesOf(file)
  if (database !== files.database || wal !== files.wal) {
    throw new Error('the file of the event log was removed or replaced under the service')
  }
}

checkFiles()
const db = openForWriting(file, { fileMustExist: true })
serveGroupCommit(db, appendTo(db), { before: checkFiles, committed: announceCommits(file) })
