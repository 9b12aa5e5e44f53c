import type { LogEvent } from './logEvent.ts'

/** The metadata of a stream stand in a stream of their own, whose name begins so. */
export const METADATA_OF = '$$'

/** What is stored of a stream's metadata, as far as the double knows them. */
export interface StreamMetadata {
  /** Nothing before this revision is shown. */
  readonly $tb?: number
  readonly $maxCount?: number
  /** Seconds. */
  readonly $maxAge?: number
}

/** The `$tb` of a stream that was deleted softly: 2^63 - 1. */
export const SOFT_DELETED = 2 ** 63

/** The revision of a tombstone: 2^63 - 1, which no double holds. */
export const TOMBSTONE = Number.POSITIVE_INFINITY
export const TOMBSTONE_REVISION = '9223372036854775807'

/** What a stream with these metadata shows of its events. */
export const shown = (
  standing: readonly LogEvent[],
  { $tb = 0, $maxCount = Number.POSITIVE_INFINITY, $maxAge = Number.POSITIVE_INFINITY }: StreamMetadata,
): readonly LogEvent[] => {
  const oldest = Date.now() - $maxAge * 1000
  return standing.filter(
    ({ revision, created }) => revision >= $tb && revision >= standing.length - $maxCount && created.getTime() > oldest,
  )
}
