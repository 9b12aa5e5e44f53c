import { workerData } from 'node:worker_threads'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { appendTo } from './append.ts'
import { announceCommits } from './commits.ts'
import { openForWriting } from './database.ts'

const { file } = workerData as { readonly file: string }
const db = openForWriting(file)
serveGroupCommit(db, appendTo(db), announceCommits(file))
