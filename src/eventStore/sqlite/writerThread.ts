import { workerData } from 'node:worker_threads'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { appendTo } from './append.ts'
import { announceCommits } from './commits.ts'
import { inodeOf, openForWriting } from './database.ts'

export interface WriterThreadData {
  readonly file: string
  /** Of the file that the process has opened, whichever bears its name now. */
  readonly inode: number | undefined
}

const { file, inode } = workerData as WriterThreadData
const db = openForWriting(file)

/** What is appended to a file that has no name any more is gone with the process. */
const checkFile = (): void => {
  if (inodeOf(file) !== inode || inodeOf(`${file}-wal`) === undefined) {
    throw new Error('the file of the event log was removed or replaced under the service')
  }
}

serveGroupCommit(db, appendTo(db), { before: checkFile, committed: announceCommits(file) })
