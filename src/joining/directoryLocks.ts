import { join } from 'node:path'
import { takeWriterLock, type WriterLock } from '../sqlite/writerLock.ts'

/** The right to build a read model in `dataDir`; `null` while somebody else does. It ends with the process. */
export const takeReplayLock = (dataDir: string): WriterLock | null => takeWriterLock(join(dataDir, 'replay'))

/** The right to serve from `dataDir`: two services would answer with each other's users. It ends with the process. */
export const takeServingLock = (dataDir: string): WriterLock | null => takeWriterLock(join(dataDir, 'service'))
