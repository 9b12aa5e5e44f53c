import type { UserId } from '../../domain/identifiers.ts'
import type { Sources } from '../http/users/sources.ts'
import { streamOf } from '../ledger/streams.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { ReadModel } from '../readModel/readModel.ts'

/** Says in the log, and counts, of whom nothing is certain, and whom the read model has another answer of than was folded. */
export const tellUncertain = (
  readModel: Pick<ReadModel, 'foldAnew'>,
  metrics: Pick<Metrics, 'uncertain' | 'answersAltered'>,
  log: Logger,
): Pick<Sources, 'uncertain' | 'answerAltered'> => ({
  uncertain: (one) => {
    log.error(one, 'nothing is certain about a user: his events cannot be read or folded')
    metrics.uncertain.inc({ kind: one.kind })
  },
  answerAltered: (userId: UserId) => {
    const stream = streamOf(userId)
    log.error({ stream }, 'the answer in the read model is not the one that was folded: the user is folded anew')
    metrics.answersAltered.inc()
    readModel.foldAnew(userId)
  },
})
