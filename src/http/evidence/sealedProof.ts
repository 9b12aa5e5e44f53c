import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { inclusionOf } from '../../evidence/inclusion.ts'
import type { SealedLog } from '../../sealing/sealedLog.ts'
import { formatProof } from '../../tlog/proof.ts'

/** That an event is in the log, over the newest checkpoint (C2SP tlog-proof); `null` where none covers it, or the tree does not show it. */
export const sealedProof =
  ({ latest, tree }: Pick<SealedLog, 'latest' | 'tree'>) =>
  (event: RecordedEvent): string | null => {
    const checkpoint = latest()
    if (checkpoint === null) return null
    const inclusion = inclusionOf(event, checkpoint, tree)
    if (inclusion._tag !== 'included') return null
    const { index, proof } = inclusion
    return formatProof({ index, inclusion: proof, checkpoint: checkpoint.signed + checkpoint.cosignatures })
  }
