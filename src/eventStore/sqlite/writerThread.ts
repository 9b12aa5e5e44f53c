import { statSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { type AppendRequest, appendTo } from './append.ts'
import { announceCommits } from './commits.ts'
import { openForWriting } from './database.ts'

const { file } = workerData as { readonly file: string }
const db = openForWriting(file)
const append = appendTo(db)

const inode = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino
const opened = inode(file)

let checked = false

/** What is appended to a file that has no name any more is gone with the process. Looks once for the appends of a commit. */
const checkFile = (): void => {
  if (checked) return
  if (inode(file) !== opened || inode(`${file}-wal`) === undefined) {
    throw new Error('the file of the event log was removed or replaced under the service')
  }
  checked = true
  // They run in one turn of the thread.
  queueMicrotask(() => {
    checked = false
  })
}

serveGroupCommit(
  db,
  (request: AppendRequest) => {
    checkFile()
    return append(request)
  },
  announceCommits(file),
)
