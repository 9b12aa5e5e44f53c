import * as E from 'fp-ts/lib/Either.js'
import type { RecordAccess } from '../ledger/recordAccesses.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'

/** Counts what becomes of reads of persons' data, and says in the log why one was refused. */
export const countedAccesses =
  (
    record: RecordAccess,
    { accesses, accessesRefused }: Pick<Metrics, 'accesses' | 'accessesRefused'>,
    log: Logger,
  ): RecordAccess =>
  (access) =>
  async () => {
    const recorded = await record(access)()
    if (E.isRight(recorded)) accesses.inc({ read: access.read })
    else {
      accessesRefused.inc()
      log.error({ reason: recorded.left }, "a read of persons' data was refused: it could not be recorded")
    }
    return recorded
  }
