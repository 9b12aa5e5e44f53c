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

/** What is appended to a file that has no name any more is gone with the process; another one is somebody else's. */
const check = (isThere: boolean): void => {
  if (!isThere) throw new Error('the file of the event log was removed or replaced under the service')
}
const isSameFile = (): boolean => inodeOf(file) === inode

check(isSameFile())
const db = openForWriting(file)
serveGroupCommit(db, appendTo(db), {
  before: () => check(isSameFile() && inodeOf(`${file}-wal`) !== undefined),
  committed: announceCommits(file),
})
