import type { UserId } from '../../domain/identifiers.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'

/** Of whom nothing is kept any more. */
export interface ErasedUsers {
  /** As far as this node has heard. */
  readonly isErased: (userId: UserId) => boolean
  /** Hears what the log says of erasures by now. */
  readonly look: () => Promise<void>
  /** The first revision of a stream that was not erased. */
  readonly beginOf?: (stream: StreamName) => Revision
}

export const NOBODY_ERASED: ErasedUsers = { isErased: () => false, look: async () => undefined }
