import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import { whyNot } from '../files/whyNot.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import { tellingDamage } from './damagedReadModel.ts'
import { isToBeMade } from './database/isToBeMade.ts'
import { openReadModelReader, type ReadModelReader } from './database/reader.ts'
import { type Hearing, startProjection } from './projection/projection.ts'
import type { ProjectionThreadData } from './projection/projectionThread.ts'

/** One file with the projection that writes it and the connection that reads it. */
export const openGeneration = (
  file: string,
  eventStore: EventStoreConfig,
  identity: LogIdentity,
  log: Logger,
  hearing: Hearing,
  untrusted: Untrusted | null,
  { tree, retention }: Pick<ProjectionThreadData, 'tree' | 'retention'>,
) => {
  const isFromNothing = isToBeMade(file)
  const projection = startProjection(
    { eventStore, readModelFile: file, identity, untrusted, tree, retention },
    log,
    hearing,
  )
  let reader: ReadModelReader | null = null
  let openedIn = 0
  const open = (): ReadModelReader | null => {
    reader?.close()
    openedIn = projection.starts()
    try {
      return tellingDamage(openReadModelReader(file), () => {
        log.error({ file }, 'a page of the read model is damaged: it is made anew from the log')
        projection.makeAnew()
      })
    } catch (error) {
      log.error({ reason: whyNot(error, file), file }, 'the read model cannot be read')
      return null
    }
  }
  return {
    file,
    projection,
    isFromNothing,
    reader: (): ReadModelReader | null => {
      if (projection.hasCaughtUp() && (reader === null || openedIn !== projection.starts())) reader = open()
      return reader
    },
    close: async (): Promise<void> => {
      await projection.stop()
      reader?.close()
    },
  }
}
