import type { RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { type ErasureEvent, isOnePerson, readErasureEvent } from '../ledger/erasures.ts'
import { ERASURES } from '../ledger/streams.ts'

type Said<T extends ErasureEvent['_tag']> = Extract<ErasureEvent, { readonly _tag: T }>

interface Asked {
  readonly request: Said<'Requested'>
  isConfirmed: boolean
  isWithdrawn: boolean
}

/**
 * Looks at the events of `kyc-erasures` in their order, each against those before it: what is recorded as erased was asked for, and
 * confirmed by somebody else. Gives what is wrong, in words; nothing for an event of another stream. Throws where one cannot be read.
 */
export const checkErasures = (): ((event: RecordedEvent) => readonly string[]) => {
  const erasures = new Map<Revision, Asked>()

  const confirmed = ({ erasure, by }: Said<'Confirmed'>): readonly string[] => {
    const asked = erasures.get(erasure)
    if (asked === undefined || asked.isWithdrawn) return [`it confirms the erasure ${erasure}, which nobody asks for`]
    asked.isConfirmed = true
    return isOnePerson(asked.request.by, by) ? ['whoever asked for the erasure has confirmed it himself'] : []
  }
  const erased = ({ erasure, userId, from, to, leaves }: Said<'Erased'>): readonly string[] => {
    const asked = erasures.get(erasure)
    return [
      ...(asked?.isConfirmed === true
        ? []
        : [`it records events as erased, and nobody has confirmed the erasure ${erasure}`]),
      ...(asked === undefined || asked.request.userId === userId ? [] : ['it is about another user than the erasure']),
      ...(leaves.length === Math.max(0, to - from + 1) ? [] : ['it has not one leaf for each event']),
    ]
  }

  return (event) => {
    const said = event.stream === ERASURES ? readErasureEvent(event)?.said : undefined
    switch (said?._tag) {
      case undefined:
      case 'Completed':
        return []
      case 'Requested':
        erasures.set(event.revision, { request: said, isConfirmed: false, isWithdrawn: false })
        return []
      case 'Confirmed':
        return confirmed(said)
      case 'Withdrawn': {
        const asked = erasures.get(said.erasure)
        if (asked !== undefined && !asked.isConfirmed) asked.isWithdrawn = true
        return []
      }
      case 'Erased':
        return erased(said)
      default:
        return said satisfies never
    }
  }
}
