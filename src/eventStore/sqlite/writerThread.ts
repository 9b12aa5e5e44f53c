import { statSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { appendTo } from './append.ts'
import { announceCommits } from './commits.ts'
import { openForWriting } from './database.ts'

const { file } = workerData as { readonly file: string }
const db = openForWriting(file)

const inode = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino
const opened = inode(file)

/** What is appended to a file that has no name any more is gone with the process. */
const checkFile = (): void => {
  if (inode(file) !== opened || inode(`${file}-wal`) === undefined) {
    throw new Error('the file of the event log was removed or replaced under the service')
  }
}

serveGroupCommit(db, appendTo(db), { before: checkFile, committed: announceCommits(file) })
