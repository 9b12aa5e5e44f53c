import { format, type Instant } from '../../../domain/instant.ts'

/** A time as it is stored, so that a failure can be read. */
export const shown = (instant: Instant | null): string | null => (instant === null ? null : format(instant))
