import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import type { GrowingTree } from '../tlog/growingTree.ts'
import type { StandingCheckpoint } from './readSeals.ts'

/** An event, so that a person finds it. */
export const placeOf = ({ stream, revision, position }: RecordedEvent): string =>
  `${stream}, revision ${revision} (position ${position})`

/** How the checkpoints in a log go with its tree. */
export interface SealsVerified {
  /** The largest size at which the tree is the one that was sealed; 0 where it is at none. */
  readonly agreedSize: number
}

/** Holds the tree of a log, as it grows, against the checkpoints that stand in the log. */
export interface SealCheck {
  /** Whether there is something to be held against a tree of that size. */
  readonly isDue: (size: number) => boolean
  /** Where it is. `last`: the last leaf; `null` for none. `erased`: how many users were erased by then. */
  readonly hold: (tree: GrowingTree, last: RecordedEvent | null, erased: number) => Promise<void>
  /** The tree has come to the end of the log. */
  readonly end: (size: number, last: RecordedEvent | null) => Promise<SealsVerified>
}

/**
 * In the order of the stream of seals, which is the one of their sizes: one checkpoint is held at a time. Of checkpoints in a row
 * that contradict the tree the first is told, with how far the last one agreed.
 */
export const checkSeals = async (
  seals: AsyncIterator<StandingCheckpoint>,
  logId: string | null,
  tell: (event: RecordedEvent, what: string) => void,
): Promise<SealCheck> => {
  let due: StandingCheckpoint | null = null
  let before: StandingCheckpoint | null = null
  let agreed: { readonly size: number; readonly last: RecordedEvent | null } = { size: 0, last: null }
  let isContradicted = false

  const whereAgreed = (): string =>
    agreed.last === null ? 'none before it agrees' : `the first ${agreed.size} are, up to ${placeOf(agreed.last)}`

  const isOfLog = (origin: string): boolean => logId === null || origin === logId || origin.startsWith(`${logId}/`)

  /** The next one that is of this log and goes beyond a tree of that size, or meets it. */
  const goOn = async (size: number): Promise<void> => {
    for (;;) {
      const next = await seals.next()
      due = next.done === true ? null : next.value
      if (due === null) return
      const { event, checkpoint } = due
      if (!isOfLog(checkpoint.origin)) tell(event, `it is a checkpoint of another log, ${checkpoint.origin}`)
      else {
        const last = before?.checkpoint
        before = due
        if (last !== undefined && checkpoint.size <= last.size) {
          tell(event, `it seals ${checkpoint.size} events, and the checkpoint before it ${last.size}`)
        }
        if (checkpoint.size >= size) return
      }
    }
  }

  await goOn(0)
  return {
    isDue: (size) => due?.checkpoint.size === size,
    hold: async (tree, last, erased) => {
      while (due !== null && due.checkpoint.size === tree.size) {
        const { event, checkpoint } = due
        if (tree.root().equals(checkpoint.root)) {
          if (last !== null && event.position < last.position) {
            tell(event, `it stands before the last of the ${tree.size} events that it seals`)
          }
          if ((checkpoint.erased ?? 0) !== erased) {
            tell(event, `it counts ${checkpoint.erased ?? 0} erased users, and the log has ${erased} by then`)
          }
          agreed = { size: tree.size, last }
          isContradicted = false
        } else {
          if (!isContradicted) {
            tell(event, `the first ${tree.size} events are not those that it was made over; ${whereAgreed()}`)
          }
          isContradicted = true
        }
        await goOn(tree.size)
      }
    },
    end: async (size, last) => {
      // What was sealed while the log was looked through stands behind it.
      const isBehind = ({ position }: RecordedEvent): boolean => last === null || position > last.position
      if (due !== null && !isBehind(due.event)) {
        const { checkpoint, event } = due
        const lost = checkpoint.size - size
        tell(event, `it seals ${checkpoint.size} events, and the log has only ${size}: at least ${lost} are lost`)
      }
      await seals.return?.()
      return { agreedSize: agreed.size }
    },
  }
}
