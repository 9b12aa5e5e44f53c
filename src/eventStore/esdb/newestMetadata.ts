import { BACKWARDS, END, type ReadPosition } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import { oneNodeClient } from './client/client.ts'
import { readConnectionString } from './client/connectionString.ts'
import { within } from './client/within.ts'
import { streamNames } from './stored/streamNames.ts'

const PAGE_EVENTS = 500
const ANSWER_MS = 30_000

/** The metadata of this service's events among so many at the end of a server's log, newest first. Throws the client's error. */
export const newestMetadata = async (text: string, most: number): Promise<readonly string[]> => {
  const connectionString = readConnectionString(text)
  if (E.isLeft(connectionString)) throw new Error(connectionString.left)
  const { prefix } = streamNames()
  const node = oneNodeClient(connectionString.right)
  const found: string[] = []
  const page = async (end: ReadPosition): Promise<ReadPosition | null> => {
    const read = node.client.readAll({ direction: BACKWARDS, fromPosition: end, maxCount: PAGE_EVENTS })
    read.on('error', () => undefined)
    let begin: ReadPosition | null = null
    for await (const { event } of read) {
      if (event === undefined) continue
      begin = event.position
      if (event.streamId.startsWith(prefix)) found.push(JSON.stringify(event.metadata ?? null))
    }
    return begin
  }
  try {
    let end: ReadPosition | null = END
    for (let looked = 0; end !== null && looked < most; looked += PAGE_EVENTS) end = await within(ANSWER_MS, page(end))
    return found
  } finally {
    await node.close()
  }
}
