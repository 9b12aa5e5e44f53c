import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { Erased } from '../ledger/erased.ts'
import { ERASURES } from '../ledger/streams.ts'
import { Courses } from './course.ts'

/** What a node knows of erasures. */
export interface KnownErasures {
  /** What is gone, or going. */
  readonly erased: Erased
  readonly courses: Courses
  /** Hears what the log says of erasures by now. Throws where it cannot be read. */
  readonly readOn: () => Promise<void>
  /** The first revision of a stream that is not recorded to be erased. */
  readonly beginOf: (stream: StreamName) => Revision
  /** `listener` is called each time that something was heard. */
  readonly onNews: (listener: () => void) => void
}

/** `erasedUser` is told of each user of whom a record is heard, once. */
export const knownErasures = (store: EventStore, erasedUser: (userId: UserId) => void): KnownErasures => {
  const erased = new Erased()
  const courses = new Courses()
  const listeners: (() => void)[] = []
  let reading: Promise<void> = Promise.resolve()

  const read = async (): Promise<void> => {
    const before = erased.next
    for await (const event of store.readStream(ERASURES, { from: before })) {
      const recorded = erased.hear(event)
      if (recorded === null) continue
      courses.hear(recorded, event.revision)
      const { said } = recorded
      if (said._tag !== 'Erased' || said.userId === null) continue
      if (erased.users.get(said.userId)?.revision === event.revision) erasedUser(said.userId)
    }
    if (erased.next > before) for (const listener of listeners) listener()
  }
  return {
    erased,
    courses,
    beginOf: (stream) => {
      let begin = 0
      while (erased.has({ stream, revision: begin })) begin += 1
      return begin
    },
    onNews: (listener) => void listeners.push(listener),
    // One after the other: what was asked for later has to hear what came meanwhile.
    readOn: () => {
      reading = reading.then(read, read)
      return reading
    },
  }
}
