const UNREACHABLE = 'EVENT_STORE_UNREACHABLE'

/** The error of a read that the store did not answer. */
export const storeUnreachable = (reason: string): Error => Object.assign(new Error(reason), { code: UNREACHABLE })

export const isStoreUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNREACHABLE

const NOT_A_POSITION = 'NOT_A_POSITION'

/** The error of a read from a position that the store cannot have given. */
export const notAPosition = (position: string): Error =>
  Object.assign(new Error(`not a position of this event store: ${JSON.stringify(position)}`), { code: NOT_A_POSITION })

export const isNotAPosition = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === NOT_A_POSITION

const STREAM_UNREADABLE = 'EVENT_STREAM_UNREADABLE'

/**
 * The error of a read of a stream that the store holds and does not show: deleted for good, or hidden from this service by
 * rights of its own. It is that stream's alone: others are read.
 */
export const streamUnreadable = (reason: string): Error => Object.assign(new Error(reason), { code: STREAM_UNREADABLE })

export const isStreamUnreadable = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === STREAM_UNREADABLE

/** Why a stream is unreadable that reads as empty, and held events once. */
export const NOTHING_LEFT = 'the stream shows nothing of what it held'

const DAMAGED = 'EVENT_STORE_DAMAGED'

/** The error of a read that cannot give all that was asked for: what lies there is damaged. Others are read. */
export const storeDamaged = (reason: string): Error => Object.assign(new Error(reason), { code: DAMAGED })

export const isStoreDamaged = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === DAMAGED

const NOT_AS_SEALED = 'EVENT_STREAM_NOT_AS_SEALED'

/** The error of a read of a stream that holds events of a part of the log which is not the one that was sealed. */
export const notAsSealed = (): Error =>
  Object.assign(new Error('the log is not the one that was sealed, from some event on'), { code: NOT_AS_SEALED })

export const isNotAsSealed = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === NOT_AS_SEALED

/** What a read of the store gives, or `otherwise` where what lies there is damaged: that is told elsewhere, and is not gone. */
export const unlessDamaged = async <A>(read: Promise<A>, otherwise: A): Promise<A> => {
  try {
    return await read
  } catch (error) {
    if (isStoreDamaged(error)) return otherwise
    throw error
  }
}
