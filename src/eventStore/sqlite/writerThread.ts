import { workerData } from 'node:worker_threads'
import { opening } from '../../files/opening.ts'
import { checkFiles, type DatabaseFiles, expectFiles } from '../../sqlite/fileCheck.ts'
import { purgingOf } from '../../sqlite/purge.ts'
import { purgeRuns } from '../../sqlite/purgeRuns.ts'
import { serveGroupCommit } from '../../sqlite/serveGroupCommit.ts'
import { announceCommits } from './commits.ts'
import { CROSSING } from './crossing.ts'
import { watchDamage } from './damageWatch.ts'
import { openForWriting } from './database.ts'
import { watchWal } from './walWatch.ts'
import { writeTo } from './write.ts'

export interface WriterThreadData {
  readonly file: string
  /** Those that the process has opened, whichever bear their names now. */
  readonly files: DatabaseFiles
}

const { file, files } = workerData as WriterThreadData
const NAME = 'event log'

expectFiles(file, files, NAME)
const db = opening({ what: 'the event log', file }, () => openForWriting(file, { fileMustExist: true }))
const check = checkFiles(db, file, files, NAME)
const announce = announceCommits(file)
const { purge } = purgingOf(db, file, { before: check.before, stepped: check.committed })

const { write, begin } = writeTo(db, purgeRuns(purge))

const { met } = watchDamage(file)
const lookNoMore = watchWal(db, file)

const hooks = {
  damaged: () => {
    lookNoMore()
    met()
  },
  before: () => {
    check.before()
    begin()
  },
  committed: () => {
    check.committed()
    announce()
  },
}
serveGroupCommit(db, write, hooks, CROSSING)
