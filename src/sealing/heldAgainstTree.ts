import type { EventStore, ReadStreamOptions } from '../eventStore/eventStore.ts'
import { notAsSealed } from '../eventStore/readFailure.ts'
import type { RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { leafOf } from '../evidence/record.ts'
import { userOfStream } from '../ledger/streams.ts'
import { isTreeDamaged } from '../tree/treeDamaged.ts'
import type { TreeReader } from '../tree/treeReader.ts'

type Leaves = Pick<TreeReader, 'indexOf' | 'reaches'>

/** What lies there and cannot be read is made anew, and shows nothing meanwhile. */
const isOther = (event: RecordedEvent, tree: Leaves): boolean => {
  try {
    return tree.reaches(event.position) && tree.indexOf(event.position, leafOf(event)) === null
  } catch (error) {
    if (isTreeDamaged(error) || error instanceof RangeError) return false
    throw error
  }
}

/**
 * The log, of which a user's stream is read up to the first event in whose place the tree has another: it was altered since the
 * tree was made, and the read fails there (`notAsSealed`). The tree is of this log, or empty.
 */
export const heldAgainstTree = (store: EventStore, tree: Leaves): EventStore => {
  async function* readStream(stream: StreamName, options?: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    for await (const event of store.readStream(stream, options)) {
      if (isOther(event, tree)) throw notAsSealed()
      yield event
    }
  }
  return {
    ...store,
    readStream: (stream, options) =>
      userOfStream(stream) === null ? store.readStream(stream, options) : readStream(stream, options),
  }
}
