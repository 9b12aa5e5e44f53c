import type { Response } from 'express'
import type { Authentication } from '../../access/authentication.ts'
import type { Logger } from '../../log/log.ts'
import type { SealedCheckpoint, SealedLog } from '../../sealing/sealedLog.ts'
import { isTreeDamaged } from '../../tree/treeDamaged.ts'
import { unavailable } from '../problem.ts'

/** What is told of a sealed log is told out of. */
export interface SealSources {
  readonly sealed: SealedLog
  /** So many seconds lie between two checkpoints at most, while the log grows; 0 where this node seals nothing. */
  readonly sealEvery: number
  readonly authentication: Authentication
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
  const fault = sealed.fault()
  const seals = fault === null && sealEvery > 0 && sealed.keys().length > 0
  const when = fault === null ? ', and this node makes none' : `, and none is made: ${fault}`
  const told = seals ? `: one is made every ${sealEvery} s` : when
  unavailable(res, 'not-sealed', `no checkpoint covers ${what} yet${told}`, seals ? sealEvery : ASK_AGAIN_S)
}

/** The newest checkpoint; `null` after 503 was answered, where there is none yet. */
export const newestCheckpoint = (sources: SealSources, res: Response): SealedCheckpoint | null => {
  const latest = sources.sealed.latest()
  if (latest === null) notSealed(sources, res, 'the log')
  return latest
}

/** The answer where the tree does not lead to what was signed. */
export const treeDiffers = ({ log }: Pick<SealSources, 'log'>, res: Response, reason: string): void => {
  log.error({ reason }, "the log's tree is not the one that its newest checkpoint was signed over")
  const why = 'its files are damaged, or the log is not the one that was sealed (see /health/ready)'
  unavailable(res, 'tree-differs', `the tree that this node holds does not lead to the newest checkpoint: ${why}`, 60)
}

/** What `read` gives of the tree; `null` after it was answered that this is not the signed one, where it cannot be read. */
export const readingTree = <A>(sources: Pick<SealSources, 'log'>, res: Response, read: () => A): A | null => {
  try {
    return read()
  } catch (error) {
    if (!isTreeDamaged(error) && !(error instanceof RangeError)) throw error
    treeDiffers(sources, res, error.message)
    return null
  }
}
