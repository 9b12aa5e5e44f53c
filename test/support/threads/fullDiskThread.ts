/** The writer thread of the event log, on a disk with room for few pages. */
import { workerData } from 'node:worker_threads'
import { appendTo } from '../../../src/eventStore/sqlite/append.ts'
import { openForWriting } from '../../../src/eventStore/sqlite/database.ts'
import { serveGroupCommit } from '../../../src/sqlite/serveGroupCommit.ts'

const { file, pages } = workerData as { readonly file: string; readonly pages: number }
const db = openForWriting(file)
db.pragma(`max_page_count = ${pages}`)
const { append, begin } = appendTo(db)
serveGroupCommit(db, append, { before: begin })
