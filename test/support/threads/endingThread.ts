/** The writer thread of the event log, which ends in the middle of a transaction when it is to append `type` "end". */
import { workerData } from 'node:worker_threads'
import { type AppendAnswer, type AppendRequest, appendTo } from '../../../src/eventStore/sqlite/append.ts'
import { openForWriting } from '../../../src/eventStore/sqlite/database.ts'
import { serveGroupCommit } from '../../../src/sqlite/serveGroupCommit.ts'

const { file } = workerData as { readonly file: string }
const db = openForWriting(file)
const { append, begin } = appendTo(db)
const appendOrEnd = (request: AppendRequest): AppendAnswer => {
  const answer = append(request)
  if (request.events.some(({ type }) => type === 'end')) process.exit(9)
  return answer
}
serveGroupCommit(db, appendOrEnd, { before: begin })
