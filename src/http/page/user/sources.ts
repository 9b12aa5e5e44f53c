import type { SealedLog } from '../../../sealing/sealedLog.ts'
import type { ReleaseSources } from '../../releases/taking.ts'

/** What the pages of a user are made out of. */
export interface UserPageSources extends ReleaseSources {
  readonly sealed: Pick<SealedLog, 'latest' | 'fault'>
}
