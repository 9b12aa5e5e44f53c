import type { Response } from 'express'
import type { ApiKey } from '../../config/apiKeys.ts'
import type { Logger } from '../../log/log.ts'
import type { SealedCheckpoint, SealedLog } from '../../sealing/sealedLog.ts'
import { unavailable } from '../problem.ts'

/** What is told of a sealed log is told out of. */
export interface SealSources {
  readonly sealed: SealedLog
  /** So many seconds lie between two checkpoints at most, while the log grows; 0 where this node seals nothing. */
  readonly sealEvery: number
  readonly apiKeys: readonly ApiKey[]
  readonly log: Logger
}

/** Where this node seals nothing, others may; nobody says how often. */
const ASK_AGAIN_S = 60

/** The answer as long as no checkpoint covers what was asked for. */
export const notSealed = (
  { sealed, sealEvery }: Pick<SealSources, 'sealed' | 'sealEvery'>,
  res: Response,
  what: 'the log' | 'this event' | 'the newest event of this user',
): void => {
  const seals = sealEvery > 0 && sealed.keys().length > 0
  const when = seals ? `: one is made every ${sealEvery} s` : ', and this node makes none'
  unavailable(res, 'not-sealed', `no checkpoint covers ${what} yet${when}`, seals ? sealEvery : ASK_AGAIN_S)
}

/** The newest checkpoint; `null` after 503 was answered, where there is none yet. */
export const newestCheckpoint = (sources: SealSources, res: Response): SealedCheckpoint | null => {
  const latest = sources.sealed.latest()
  if (latest === null) notSealed(sources, res, 'the log')
  return latest
}

/** The answer where what is read of the tree is not what was signed. */
export const treeDamaged = ({ log }: Pick<SealSources, 'log'>, res: Response, reason: string): void => {
  log.error({ reason }, "the files of the log's tree are not what its checkpoint was signed over")
  unavailable(res, 'tree-damaged', "the files of the log's tree are damaged: they can be made anew from the log", 60)
}

/** What `read` gives of the tree; `null` after it was answered that the tree is damaged, where it does not hold that. */
export const readingTree = <A>(sources: Pick<SealSources, 'log'>, res: Response, read: () => A): A | null => {
  try {
    return read()
  } catch (error) {
    treeDamaged(sources, res, error instanceof Error ? error.message : String(error))
    return null
  }
}
